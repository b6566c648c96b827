import CZlib

/// The checksum of ZIP.
enum CRC32 {
  /// The most bytes that zlib is given at once: it counts them in 32 bits.
  private static let chunk = 1 << 30

  /// The checksum of what `checksum` covers, followed by `bytes`.
  static func update(_ checksum: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var result = UInt(checksum)
    var rest = unsafe bytes[...]
    while unsafe !rest.isEmpty {
      let part = unsafe UnsafeRawBufferPointer(rebasing: rest.prefix(chunk))
      result = unsafe UInt(
        crc32(
          uLong(result), part.baseAddress?.assumingMemoryBound(to: UInt8.self), uInt(part.count)))
      unsafe rest = rest.dropFirst(chunk)
    }
    return UInt32(truncatingIfNeeded: result)
  }
}

extension TensorBytes {
  /// The CRC-32 of the bytes, as ZIP and zlib define it.
  var crc32: UInt32 { withUnsafeBytes { unsafe CRC32.update(0, $0) } }
}
