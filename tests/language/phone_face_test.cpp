#include "language/phone_face.h"

#include <gtest/gtest.h>

#include "language/model_table.h"

namespace snom::language {
namespace {

TEST(PhoneFace, TheLongestNameThatFitsIsTheModels) {
  EXPECT_EQ(face_of("D865").columns, (std::array{5, 5, 0}));
  EXPECT_EQ(face_of("D865").model, "D865");
  EXPECT_EQ(face_of("D860").model, "D8*");
  EXPECT_EQ(face_of("370").model, "370");
  EXPECT_EQ(face_of("715").model, "71*");
  EXPECT_EQ(face_of("MP").model, "*");
  EXPECT_EQ(face_of("").model, "*");
}

TEST(PhoneFace, AModelsKeysFillItsPages) {
  for (const ModelTraits& model : model_table()) {
    if (model.name.ends_with('*')) continue;
    const PhoneFace& face = face_of(model.name);
    ASSERT_GT(face.keys_a_page(), 0) << model.name;
    EXPECT_EQ(model.function_keys % face.keys_a_page(), 0) << model.name << " is drawn as " << face.model;
  }
}

TEST(PhoneFace, LabelsOnTheDisplayHaveTwoColumns) {
  for (const ModelTraits& model : model_table()) {
    const PhoneFace& face = face_of(model.name);
    const bool beside = face.labels == PhoneFace::Labels::display;
    EXPECT_TRUE(!beside || face.columns[2] == 0) << model.name;
    EXPECT_GT(face.display_width, face.display_height) << model.name;
  }
}

}  // namespace
}  // namespace snom::language
