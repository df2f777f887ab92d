# snom_room(NAME SOURCES... DEPENDS...) makes one room a static library; it may use only the rooms it names.
function(snom_room name)
  cmake_parse_arguments(room "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(snom_${name} STATIC ${room_SOURCES})
  target_include_directories(snom_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(snom_${name} PUBLIC ${room_DEPENDS} PRIVATE ${room_PRIVATE_DEPENDS} snom_flags)
  set_target_properties(snom_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()

# snom_test(ROOM SOURCES... DEPENDS...) makes one test program per room, snom_<room>_test, known to ctest. APART: names of
# tests (as of --gtest_filter) that are a test of ctest by themselves, which has a limit of time for each; several such
# lists are several of them.
function(snom_test name)
  cmake_parse_arguments(test "" "" "APART;SOURCES;DEPENDS" ${ARGN})
  add_executable(snom_${name}_test ${test_SOURCES})
  target_include_directories(snom_${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  # A test's own code runs once: compiling it this way takes a third less time.
  target_compile_options(snom_${name}_test PRIVATE $<$<CONFIG:Release>:-O1>)
  target_link_libraries(snom_${name}_test PRIVATE snom_${name} snom_tests_dir ${test_DEPENDS} snom_flags GTest::gtest GTest::gtest_main)
  if(test_APART)
    list(JOIN test_APART ":" apart)
    add_test(NAME ${name} COMMAND snom_${name}_test --gtest_brief=1 --gtest_filter=-${apart})
    set(number "")
    foreach(filter IN LISTS test_APART)
      add_test(NAME ${name}_apart${number} COMMAND snom_${name}_test --gtest_brief=1 --gtest_filter=${filter})
      string(APPEND number "_more")
    endforeach()
  else()
    add_test(NAME ${name} COMMAND snom_${name}_test --gtest_brief=1)
  endif()
endfunction()
