import CZlib

extension TensorBytes {
  /// The most bytes that zlib is given at once: it counts them in 32 bits.
  private static let chunk = 1 << 30

  /// The bytes that this deflated stream holds.
  ///
  /// No more memory is written than `byteCount`, whatever the stream says.
  ///
  /// - Throws: `outOfMemory`, or `invalidDeflate` if the stream is damaged or holds more or fewer
  ///   bytes.
  func inflated(to byteCount: Int, member: String) throws(TensorFileError) -> TensorBytes {
    try unsafe TensorBytes(byteCount: byteCount) { (output) throws(TensorFileError) in
      let result = try unsafe inflate(into: output, member: member)
      guard result.produced == output.count, result.isEnd else {
        let excess = result.produced < output.count ? "only \(result.produced)" : "more"
        throw .invalidDeflate(
          member: member, reason: "it says to hold \(output.count) bytes, but holds \(excess)")
      }
    }
  }

  /// The first `byteCount` bytes that this deflated stream holds.
  ///
  /// - Throws: `outOfMemory`, or `invalidDeflate` if the stream is damaged or too short.
  func inflatedPrefix(_ byteCount: Int, member: String) throws(TensorFileError) -> TensorBytes {
    try unsafe TensorBytes(byteCount: byteCount) { (output) throws(TensorFileError) in
      let result = try unsafe inflate(into: output, member: member)
      guard result.produced >= output.count else {
        throw .invalidDeflate(
          member: member,
          reason: "it says to hold \(output.count) bytes, but holds only \(result.produced)")
      }
    }
  }

  /// Fills `output`; one byte more is asked for, to see whether the stream ends where it should.
  private func inflate(
    into output: UnsafeMutableRawBufferPointer, member: String
  ) throws(TensorFileError) -> (produced: Int, isEnd: Bool) {
    var stream = unsafe z_stream()
    // Negative: the stream has no header of zlib's own.
    let started = unsafe inflateInit2_(
      &stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard started == Z_OK else { throw .outOfMemory(bytes: 1 << MAX_WBITS) }
    defer { unsafe inflateEnd(&stream) }

    var consumed = 0
    var produced = 0
    var spare: UInt8 = 0
    while true {
      let input = min(count - consumed, Self.chunk)
      let room = min(output.count - produced, Self.chunk)
      let status = unsafe withUnsafeMutablePointer(to: &spare) { spare in
        let source = unsafe region.baseAddress.map { unsafe $0 + consumed }
        let target = unsafe output.baseAddress.map { unsafe $0 + produced }
        unsafe stream.next_in = UnsafeMutablePointer(
          mutating: source?.assumingMemoryBound(to: UInt8.self))
        unsafe stream.avail_in = UInt32(input)
        unsafe stream.next_out = room > 0 ? target?.assumingMemoryBound(to: UInt8.self) : spare
        unsafe stream.avail_out = UInt32(max(room, 1))
        return unsafe CZlib.inflate(&stream, Z_NO_FLUSH)
      }
      let read = unsafe input - Int(stream.avail_in)
      let written = unsafe max(room, 1) - Int(stream.avail_out)
      consumed += read
      produced += written
      if status == Z_STREAM_END { return (produced, consumed == count) }
      if produced > output.count || status == Z_BUF_ERROR { return (produced, false) }
      guard status == Z_OK else {
        throw .invalidDeflate(member: member, reason: "zlib says \(unsafe Self.message(stream))")
      }
    }
  }

  private static func message(_ stream: z_stream) -> String {
    guard let message = unsafe stream.msg else { return "no more" }
    return unsafe "'" + String(cString: message) + "'"
  }
}
