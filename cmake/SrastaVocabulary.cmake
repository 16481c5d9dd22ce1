# The lists of audit acts, audit reasons and error codes, from governance/*.tsv into the build folder. Link
# srasta::vocabulary to include them. Lists that would not change are left alone, and what includes them is not
# built again.
find_program(SRASTA_PYTHON python3 REQUIRED)

set(vocabulary_lists
  act_enumerators.inc act_names.inc code_enumerators.inc code_facts.inc reason_enumerators.inc reason_names.inc)
list(TRANSFORM vocabulary_lists PREPEND ${CMAKE_BINARY_DIR}/generated/)
set(vocabulary_sources acts.tsv codes.tsv reasons.tsv)
list(TRANSFORM vocabulary_sources PREPEND ${PROJECT_SOURCE_DIR}/governance/)

add_custom_command(
  OUTPUT ${vocabulary_lists}
  COMMAND ${SRASTA_PYTHON} ${PROJECT_SOURCE_DIR}/scripts/generate_vocabulary.py
          --tables ${CMAKE_BINARY_DIR}/generated
  DEPENDS ${PROJECT_SOURCE_DIR}/scripts/generate_vocabulary.py ${vocabulary_sources}
  COMMENT "Generating the lists of acts, reasons and codes"
  VERBATIM)
add_custom_target(srasta_vocabulary_lists DEPENDS ${vocabulary_lists})

add_library(srasta_vocabulary INTERFACE)
add_library(srasta::vocabulary ALIAS srasta_vocabulary)
target_include_directories(srasta_vocabulary INTERFACE ${CMAKE_BINARY_DIR}/generated)
add_dependencies(srasta_vocabulary srasta_vocabulary_lists)
