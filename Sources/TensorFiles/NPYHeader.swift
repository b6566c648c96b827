/// What an npy file says before its data.
///
///     ┌───────────┬───────┬───────┬───────────────────┬─────────────────────────┬──────┐
///     │ \x93NUMPY │ major │ minor │ N: u16 (1.0), u32 │ N bytes: Python literal │ data │
///     └───────────┴───────┴───────┴───────────────────┴─────────────────────────┴──────┘
struct NPYHeader {
  static let signature: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// The alignment of the data in a file that is written, in bytes, as numpy has it.
  static let alignment = 64

  /// The longest Python literal that is read, in bytes; numpy's own limit is 10,000 characters.
  static let literalLimit = 1 << 20

  /// The most bytes that `byteCount(of:)` looks at.
  static let preambleCount = 12

  /// The type of an element: '<f4', or a list of fields as written.
  let descr: String

  /// Whether the first index runs fastest.
  let isFortranOrder: Bool

  /// The dimensions.
  let shape: [Int]

  /// The offset of the data.
  let byteCount: Int

  /// Reads the header at the beginning of `bytes`.
  ///
  /// - Throws: `wrongSignature`, `unsupportedVersion`, `headerTooLong`, `truncated`, or
  ///   `invalidHeader`.
  init(_ bytes: TensorBytes) throws(TensorFileError) {
    var reader = try ByteReader(bytes, part: "npy header")
    let literalCount = try Self.literalCount(&reader)
    var parser = PythonLiteralParser(try reader.take(literalCount))
    byteCount = reader.offset
    var fields = try parser.dictionary()
    switch fields.removeValue(forKey: "descr") {
    case .string(let text), .raw(let text): descr = text
    case let other: throw Self.unexpected(other, key: "descr")
    }
    switch fields.removeValue(forKey: "fortran_order") {
    case .bool(let value): isFortranOrder = value
    case let other: throw Self.unexpected(other, key: "fortran_order")
    }
    switch fields.removeValue(forKey: "shape") {
    case .integers(let dimensions): shape = dimensions
    case let other: throw Self.unexpected(other, key: "shape")
    }
    // numpy refuses other keys as well.
    if let key = fields.keys.min() {
      throw .invalidHeader(reason: "the key '\(key)' is unknown")
    }
  }

  /// The length of a header whose first bytes these are.
  static func byteCount(of preamble: TensorBytes) throws(TensorFileError) -> Int {
    var reader = try ByteReader(preamble, part: "npy header")
    let literalCount = try literalCount(&reader)
    return reader.offset + literalCount
  }

  private static func literalCount(_ reader: inout ByteReader) throws(TensorFileError) -> Int {
    try reader.expect(signature)
    let major = try reader.read(UInt8.self)
    let minor = try reader.read(UInt8.self)
    guard (1...3).contains(major), minor == 0 else {
      throw .unsupportedVersion(major: Int(major), minor: Int(minor))
    }
    let count = major == 1 ? Int(try reader.read(UInt16.self)) : Int(try reader.read(UInt32.self))
    guard count <= literalLimit else {
      throw .headerTooLong(bytes: UInt64(count), limit: literalLimit)
    }
    return count
  }

  private static func unexpected(_ value: PythonLiteral?, key: String) -> TensorFileError {
    .invalidHeader(
      reason: value == nil
        ? "the key '\(key)' is missing" : "the value of '\(key)' has a wrong type")
  }
}
