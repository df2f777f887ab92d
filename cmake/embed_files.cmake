# Writes OUTPUT, C++ that holds FILES (parted by '|') as snom::embedded::NAME(); see embed.cmake.
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")
set(type_png "image/png")

string(REPLACE "|" ";" files "${FILES}")
set(data "")
set(rows "")
set(sums "")
set(number 0)
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME)
  string(REGEX REPLACE ".*\\." "" extension ${name})
  if(NOT DEFINED type_${extension})
    message(FATAL_ERROR "${file}: of what type is '.${extension}'? (cmake/embed_files.cmake knows html css js svg png)")
  endif()
  file(READ ${file} bytes HEX)
  string(LENGTH "${bytes}" length)
  if(length EQUAL 0)
    message(FATAL_ERROR "${file}: is empty")
  endif()
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  file(SHA256 ${file} sum)
  string(APPEND sums "${name} ${sum}\n")
  string(SUBSTRING ${sum} 0 32 tag)
  string(APPEND data "const unsigned char bytes_${number}[] = {${bytes}};\n")
  set(row_${number} "{\"${name}\", \"${type_${extension}}\", \"\\\"@tag@\\\"\", text(bytes_${number}, sizeof(bytes_${number}))},\n")
  set(tag_${number} ${tag})
  math(EXPR number "${number} + 1")
endforeach()
string(SHA256 whole "${sums}")
string(SUBSTRING ${whole} 0 32 tag_0)
math(EXPR last "${number} - 1")
foreach(i RANGE ${last})
  string(REPLACE "@tag@" "${tag_${i}}" row "${row_${i}}")
  string(APPEND rows "    ${row}")
endforeach()
file(WRITE ${OUTPUT} "#include \"http/page_files.h\"

namespace {
${data}
std::string_view text(const unsigned char* bytes, std::size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }
}  // namespace

namespace snom::embedded {
std::span<const http::PageFile> ${NAME}();
std::span<const http::PageFile> ${NAME}() {
  static const http::PageFile files[] = {
${rows}  };
  return files;
}
}  // namespace snom::embedded
")
