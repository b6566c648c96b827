/// Writes an archive of stored members, each of which begins at a multiple of 64 bytes.
///
/// Fields of zip64 are written only where a size, an offset or the number of members needs them.
/// There are no times: equal contents make equal files.
struct ZIPWriter {
  /// The values from which on a field moves to its zip64 record.
  struct Limits {
    var size = ZIP.limit32
    var count = ZIP.limit16
  }

  private struct Record {
    let name: [UInt8]
    let offset: Int
    let count: Int
    let checksum: UInt32
  }

  /// The offset of the CRC-32 in a local header.
  private static let checksumOffset = 14

  /// The versions of ZIP that a reader needs: for plain members, and for zip64.
  private static let version: UInt16 = 20
  private static let version64: UInt16 = 45

  /// Bit 11: the name is UTF-8.
  private static let flags: UInt16 = 1 << 11

  /// 1980-01-01, the first day that the format knows.
  private static let date: UInt16 = 0x0021

  private let file: AtomicFile
  private let limits: Limits
  private var records: [Record] = []

  init(_ file: AtomicFile, limits: Limits = .init()) {
    self.file = file
    self.limits = limits
  }

  /// Adds a member of `count` bytes that `source` gives.
  mutating func addMember(
    named name: String, count: Int,
    source: (TensorFileWriter.Sink) throws(TensorFileError) -> Void
  ) throws(TensorFileError) {
    let name = Array(name.utf8)
    guard name.count <= ZIP.limit16 else {
      throw .tooLong(part: "name of a member", bytes: name.count, limit: ZIP.limit16)
    }
    let offset = file.count
    try file.append(localHeader(name: name, count: count, offset: offset))
    var checksum: UInt32 = 0
    try source { (bytes) throws(TensorFileError) in
      checksum = unsafe bytes.withUnsafeBytes { unsafe CRC32.update(checksum, $0) }
      try file.append(bytes)
    }
    // Known only now: the source gives its bytes once.
    var field = ByteWriter()
    field.write(checksum)
    try file.overwrite(field.bytes, at: offset + Self.checksumOffset)
    records.append(Record(name: name, offset: offset, count: count, checksum: checksum))
  }

  /// Writes the directory.
  func finish(comment: [UInt8]) throws(TensorFileError) {
    var directory = ByteWriter()
    let offset = file.count
    for record in records { write(record, to: &directory) }
    let size = directory.bytes.count
    if records.count >= limits.count || size >= limits.size || offset >= limits.size {
      writeEnd64(size: size, offset: offset, to: &directory)
    }
    directory.write(ZIP.endSignature)
    directory.write(UInt32(0))  // This disk and the directory's.
    let count = UInt16(records.count < limits.count ? records.count : ZIP.limit16)
    directory.write(count)
    directory.write(count)
    directory.write(field32(size))
    directory.write(field32(offset))
    directory.write(UInt16(comment.count))
    directory.write(comment)
    try file.append(directory.bytes)
  }

  private func field32(_ value: Int) -> UInt32 {
    UInt32(value < limits.size ? value : ZIP.limit32)
  }

  private func localHeader(name: [UInt8], count: Int, offset: Int) -> [UInt8] {
    let needsZIP64 = count >= limits.size
    var extra = ByteWriter()
    if needsZIP64 {
      extra.write(ZIP.zip64Field)
      extra.write(UInt16(16))
      extra.write(UInt64(count))
      extra.write(UInt64(count))
    }
    // A padding field, so that the member can be mapped: its identifier, its length, the alignment
    // as zipalign states it, and zeros.
    var padding = ByteWriter()
    padding.write(UInt16(NPYHeader.alignment))
    padding.pad(
      0, to: NPYHeader.alignment,
      reserving: offset % NPYHeader.alignment + ZIP.localCount + name.count + extra.bytes.count + 4)
    extra.write(ZIP.paddingField)
    extra.write(UInt16(padding.bytes.count))
    extra.write(padding.bytes)

    var header = ByteWriter()
    header.write(ZIP.localSignature)
    header.write(needsZIP64 ? Self.version64 : Self.version)
    header.write(Self.flags)
    header.write(ZIP.stored)
    header.write(UInt16(0))
    header.write(Self.date)
    header.write(UInt32(0))  // The checksum, written when it is known.
    header.write(field32(count))
    header.write(field32(count))
    header.write(UInt16(name.count))
    header.write(UInt16(extra.bytes.count))
    header.write(name)
    header.write(extra.bytes)
    return header.bytes
  }

  private func write(_ record: Record, to directory: inout ByteWriter) {
    var values = ByteWriter()
    if record.count >= limits.size {
      values.write(UInt64(record.count))
      values.write(UInt64(record.count))
    }
    if record.offset >= limits.size { values.write(UInt64(record.offset)) }
    var extra = ByteWriter()
    if !values.bytes.isEmpty {
      extra.write(ZIP.zip64Field)
      extra.write(UInt16(values.bytes.count))
      extra.write(values.bytes)
    }
    let version = extra.bytes.isEmpty ? Self.version : Self.version64
    directory.write(ZIP.directorySignature)
    directory.write(UInt16(3 << 8) | version)  // Made by Unix, which gives the permissions sense.
    directory.write(version)
    directory.write(Self.flags)
    directory.write(ZIP.stored)
    directory.write(UInt16(0))
    directory.write(Self.date)
    directory.write(record.checksum)
    directory.write(field32(record.count))
    directory.write(field32(record.count))
    directory.write(UInt16(record.name.count))
    directory.write(UInt16(extra.bytes.count))
    directory.write(UInt16(0))  // Comment.
    directory.write(UInt32(0))  // Disk, internal attributes.
    directory.write(UInt32(0o100644) << 16)
    directory.write(field32(record.offset))
    directory.write(record.name)
    directory.write(extra.bytes)
  }

  private func writeEnd64(size: Int, offset: Int, to directory: inout ByteWriter) {
    let end64 = offset + size
    directory.write(ZIP.end64Signature)
    directory.write(UInt64(ZIP.end64Count - 12))  // Without the signature and this field.
    directory.write(UInt16(3 << 8) | Self.version64)
    directory.write(Self.version64)
    directory.write(UInt64(0))  // This disk and the directory's.
    directory.write(UInt64(records.count))
    directory.write(UInt64(records.count))
    directory.write(UInt64(size))
    directory.write(UInt64(offset))

    directory.write(ZIP.locatorSignature)
    directory.write(UInt32(0))
    directory.write(UInt64(end64))
    directory.write(UInt32(1))  // The number of disks.
  }
}
