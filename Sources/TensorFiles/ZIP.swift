/// The constants of the ZIP format, from PKWARE's APPNOTE 6.3.
enum ZIP {
  static let localSignature: UInt32 = 0x0403_4B50
  static let directorySignature: UInt32 = 0x0201_4B50
  static let endSignature: UInt32 = 0x0605_4B50
  static let end64Signature: UInt32 = 0x0606_4B50
  static let locatorSignature: UInt32 = 0x0706_4B50

  /// The lengths of the records without their names, extra fields and comments, in bytes.
  static let localCount = 30
  static let directoryCount = 46
  static let endCount = 22
  static let end64Count = 56
  static let locatorCount = 20

  /// The identifier of the extra field that holds 64-bit sizes and offsets.
  static let zip64Field: UInt16 = 0x0001

  /// The identifier of the extra field that Android's zipalign pads local headers with.
  static let paddingField: UInt16 = 0xD935

  /// A 32-bit field of this value, or more, stands in the zip64 field.
  static let limit32 = 0xFFFF_FFFF

  /// A 16-bit field of this value, or more, stands in the zip64 record.
  static let limit16 = 0xFFFF

  static let stored: UInt16 = 0
  static let deflated: UInt16 = 8
}

extension ByteReader {
  /// Reads a record's signature, or fails with `wrongSignature`.
  mutating func expect(_ signature: UInt32) throws(TensorFileError) {
    guard try read(UInt32.self) == signature else { throw .wrongSignature(part: part) }
  }

  /// Reads a 64-bit size or offset; one beyond `Int` is beyond the file too.
  mutating func readSize64() throws(TensorFileError) -> Int {
    let size = try read(UInt64.self)
    guard let size = Int(exactly: size) else {
      throw .invalidHeader(reason: "the \(part) has the size \(size), beyond \(Int.max)")
    }
    return size
  }
}
