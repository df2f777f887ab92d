#pragma once

#include "registration/directory.h"
#include "registration/registration.h"

/// The room of registrations, in control's words.
namespace snom::control {

using registration::Directory;
using registration::Registration;
using registration::RegistrationPointer;

}  // namespace snom::control
