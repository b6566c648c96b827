/// A position in bytes of unknown origin, which moves forward and never beyond the end.
struct ByteReader {
  let bytes: TensorBytes
  private(set) var offset: Int

  /// What is being read, for the errors: "The [part] needs 8 bytes, …".
  let part: String

  /// A reader at `offset`, which may lie anywhere.
  ///
  /// - Throws: `truncated` if there is no such offset.
  init(_ bytes: TensorBytes, at offset: Int = 0, part: String) throws(TensorFileError) {
    guard offset >= 0, offset <= bytes.count else {
      throw .truncated(part: part, needed: offset, available: bytes.count)
    }
    self.bytes = bytes
    self.offset = offset
    self.part = part
  }

  /// The number of bytes ahead.
  var remaining: Int { bytes.count - offset }

  /// Reads a little-endian integer.
  mutating func read<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type = Value.self
  ) throws(TensorFileError) -> Value {
    let start = offset
    try skip(MemoryLayout<Value>.size)
    return unsafe Value(
      littleEndian: bytes.region.loadUnaligned(fromByteOffset: start, as: Value.self))
  }

  /// Moves over `count` bytes.
  mutating func skip(_ count: Int) throws(TensorFileError) {
    guard count >= 0, count <= remaining else {
      throw .truncated(part: part, needed: count, available: remaining)
    }
    offset += count
  }

  /// Reads `count` bytes without copying them.
  mutating func take(_ count: Int) throws(TensorFileError) -> TensorBytes {
    let start = offset
    try skip(count)
    return TensorBytes(bytes, start..<offset)
  }

  /// Reads `count` bytes as UTF-8; what is not valid becomes U+FFFD.
  mutating func text(_ count: Int) throws(TensorFileError) -> String {
    try take(count).withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
  }

  /// Reads the bytes of `signature`, or fails with `wrongSignature`.
  mutating func expect(_ signature: [UInt8]) throws(TensorFileError) {
    guard remaining >= signature.count else { throw .wrongSignature(part: part) }
    for byte in signature {
      guard try read(UInt8.self) == byte else { throw .wrongSignature(part: part) }
    }
  }
}
