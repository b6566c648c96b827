/// A member of an archive, as the central directory describes it.
struct ZIPMember {
  let name: String

  /// The length of the name in the archive, in bytes.
  let nameCount: Int

  /// The offset of the local header.
  let offset: Int

  let compressedCount: Int
  let uncompressedCount: Int
  let checksum: UInt32
  let method: UInt16
  let isEncrypted: Bool

  /// Reads the next record of the directory.
  init(_ reader: inout ByteReader) throws(TensorFileError) {
    try reader.expect(ZIP.directorySignature)
    try reader.skip(2 + 2)  // Versions.
    isEncrypted = try reader.read(UInt16.self) & 1 != 0
    method = try reader.read()
    try reader.skip(2 + 2)  // Time and date.
    checksum = try reader.read()
    var compressedCount = Int(try reader.read(UInt32.self))
    var uncompressedCount = Int(try reader.read(UInt32.self))
    nameCount = Int(try reader.read(UInt16.self))
    let extraCount = Int(try reader.read(UInt16.self))
    let commentCount = Int(try reader.read(UInt16.self))
    try reader.skip(2 + 2 + 4)  // Disk, attributes.
    var offset = Int(try reader.read(UInt32.self))
    name = try reader.text(nameCount)

    var extra = try ByteReader(reader.take(extraCount), part: "extra field of '\(name)'")
    // Fewer than four bytes are padding that some writers leave.
    while extra.remaining >= 4 {
      let identifier = try extra.read(UInt16.self)
      let count = Int(try extra.read(UInt16.self))
      var field = try ByteReader(extra.take(count), part: "zip64 field of '\(name)'")
      guard identifier == ZIP.zip64Field else { continue }
      // In this order, and each only where its 32-bit field is full.
      if uncompressedCount == ZIP.limit32 { uncompressedCount = try field.readSize64() }
      if compressedCount == ZIP.limit32 { compressedCount = try field.readSize64() }
      if offset == ZIP.limit32 { offset = try field.readSize64() }
    }
    try reader.skip(commentCount)
    self.compressedCount = compressedCount
    self.uncompressedCount = uncompressedCount
    self.offset = offset
  }
}

extension ZIPMember {
  /// The uncompressed bytes: a part of `archive` if the member is stored, a copy otherwise.
  ///
  /// - Throws: `wrongChecksum`, or the errors of `prefix(_:in:)`.
  func contents(in archive: TensorBytes) throws(TensorFileError) -> TensorBytes {
    let data = try compressed(in: archive)
    let contents =
      method == ZIP.stored ? data : try data.inflated(to: uncompressedCount, member: name)
    let actual = contents.crc32
    guard actual == checksum else {
      throw .wrongChecksum(member: name, expected: checksum, actual: actual)
    }
    return contents
  }

  /// The first `count` uncompressed bytes, or all if there are fewer; the checksum is not checked.
  ///
  /// - Throws: `encrypted`, `unsupportedCompression`, `truncated`, `wrongSignature`,
  ///   `wrongByteCount`, `impossibleSize` or `invalidDeflate`.
  func prefix(_ count: Int, in archive: TensorBytes) throws(TensorFileError) -> TensorBytes {
    let data = try compressed(in: archive)
    let count = min(count, uncompressedCount)
    return method == ZIP.stored
      ? TensorBytes(data, 0..<count) : try data.inflatedPrefix(count, member: name)
  }

  /// The bytes as they are stored, found by way of the local header.
  ///
  /// The sizes of the local header are not looked at: a writer to a pipe leaves them 0.
  private func compressed(in archive: TensorBytes) throws(TensorFileError) -> TensorBytes {
    guard !isEncrypted else { throw .encrypted(member: name) }
    guard method == ZIP.stored || method == ZIP.deflated else {
      throw .unsupportedCompression(member: name, method: Int(method))
    }
    var reader = try ByteReader(archive, at: offset, part: "local header of '\(name)'")
    try reader.expect(ZIP.localSignature)
    try reader.skip(ZIP.localCount - 4 - 2 - 2)
    let localNameCount = Int(try reader.read(UInt16.self))
    let extraCount = Int(try reader.read(UInt16.self))
    guard try reader.text(localNameCount) == name else {
      throw .invalidHeader(reason: "the directory and the local header name '\(name)' differently")
    }
    try reader.skip(extraCount)
    reader = try ByteReader(archive, at: reader.offset, part: "data of '\(name)'")
    let data = try reader.take(compressedCount)
    try checkSizes()
    return data
  }

  private func checkSizes() throws(TensorFileError) {
    if method == ZIP.stored {
      guard compressedCount == uncompressedCount else {
        throw .wrongByteCount(
          name: name, expected: uncompressedCount, actual: compressedCount)
      }
    } else {
      // A code of deflate takes at least 2 bits and stands for at most 258 bytes: 1032 to 1.
      let bound = compressedCount.multipliedReportingOverflow(by: 1032)
      guard bound.overflow || uncompressedCount <= bound.partialValue else {
        throw .impossibleSize(
          member: name, compressed: UInt64(compressedCount),
          uncompressed: UInt64(uncompressedCount))
      }
    }
  }
}
