internal import CFlashAttention

// Structures begin with their size in the version of the header that the caller was compiled with.

extension flash_attention_parameters {
  /// What a caller asks for.
  ///
  /// A shorter structure is of an older version, once there is one: what it lacks is 0. A longer one is of
  /// a newer version, and may set nothing that this version does not know.
  static func read(
    _ pointer: UnsafePointer<flash_attention_parameters>?
  ) throws(CallError) -> flash_attention_parameters {
    let pointer = try present(pointer, "parameters")
    let (size, known) = (Int(pointer.pointee.struct_size), MemoryLayout<Self>.size)
    if size < known || size > longest {
      throw CallError(
        FLASH_ERROR_STRUCT_SIZE,
        "The parameters have \(size) bytes, and this version of the library knows \(known).")
    }
    let tail = UnsafeRawBufferPointer(start: pointer, count: size).dropFirst(known)
    if tail.contains(where: { $0 != 0 }) {
      throw CallError(
        FLASH_ERROR_STRUCT_SIZE,
        "The parameters have \(size) bytes, and set one behind the \(known) that this version of "
          + "the library knows.")
    }
    return pointer.pointee
  }

  /// More than this is no structure's size, but a mistake.
  private static var longest: Int { 4096 }
}

extension flash_attention_traffic {
  /// How many bytes a caller wants to be written, or nil where none.
  static func size(
    _ pointer: UnsafeMutablePointer<flash_attention_traffic>?
  ) throws(CallError) -> Int? {
    guard let pointer else { return nil }
    let (size, known) = (
      Int(try present(UnsafePointer(pointer), "traffic").pointee.struct_size),
      MemoryLayout<Self>.size
    )
    if size < known {
      throw CallError(
        FLASH_ERROR_STRUCT_SIZE,
        "The traffic has \(size) bytes, and this version of the library writes \(known).")
    }
    return size
  }
}

/// A pointer that is there, and aligned to what it points to.
func present<Pointee>(
  _ pointer: UnsafePointer<Pointee>?, _ name: String
) throws(CallError) -> UnsafePointer<Pointee> {
  try check(UnsafeRawPointer(pointer), name, alignment: MemoryLayout<Pointee>.alignment)
  return pointer!
}

/// - Throws: ``CallError`` where a pointer is null or not aligned.
@discardableResult
func check(
  _ pointer: UnsafeRawPointer?, _ name: String, alignment: Int
) throws(CallError) -> UnsafeRawPointer {
  guard let pointer else {
    throw CallError(FLASH_ERROR_POINTER, "The \(name) is a null pointer.")
  }
  if UInt(bitPattern: pointer) % UInt(alignment) != 0 {
    throw CallError(
      FLASH_ERROR_POINTER,
      "The \(name) begins \(UInt(bitPattern: pointer) % UInt(alignment)) bytes behind a multiple "
        + "of its alignment, \(alignment) bytes.")
  }
  return pointer
}
