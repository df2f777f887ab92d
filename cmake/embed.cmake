# snom_embed(NAME FOLDER FILES...) makes the library snom_embedded_NAME, which holds the files of a web page as
# snom::embedded::NAME() (http/page_files.h). The first file is the one at "/"; its ETag changes with any of them. Made
# anew, by CMake itself, when a file changes.
set(SNOM_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_files.cmake)

function(snom_embed name folder)
  set(files "")
  foreach(file IN LISTS ARGN)
    list(APPEND files ${folder}/${file})
  endforeach()
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_${name}.cpp)
  list(JOIN files "|" joined)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} "-DFILES=${joined}" -DOUTPUT=${output} -P ${SNOM_EMBED_SCRIPT}
    DEPENDS ${files} ${SNOM_EMBED_SCRIPT}
    COMMENT "Embedding the page ${name}"
    VERBATIM)
  add_library(snom_embedded_${name} STATIC ${output})
  target_include_directories(snom_embedded_${name} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  set_target_properties(snom_embedded_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()
