#pragma once

#include "tlog/note_key.h"

namespace srasta::tlog {

/// Published with the first implementation of signed notes (golang.org/x/mod/sumdb/note).
inline constexpr const char* kPeter =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
inline constexpr const char* kPeterPrivate =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
inline constexpr const char* kEnoch =
    "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";

inline VerifierKey peter() {
  return *VerifierKey::parse(kPeter);
}
inline SignerKey peter_signer() {
  return *SignerKey::parse(base::Secret(kPeterPrivate));
}
inline SignerKey new_signer(const std::string& name, SignatureType type = SignatureType::Ed25519) {
  return *SignerKey::make(name, type, *crypto::PrivateKey::generate(crypto::KeyType::Ed25519));
}

}  // namespace srasta::tlog
