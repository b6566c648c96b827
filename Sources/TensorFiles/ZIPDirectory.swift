/// The central directory of a ZIP archive, which alone says what the archive holds.
struct ZIPDirectory {
  /// The members, in the order of their data.
  let members: [ZIPMember]

  /// The comment of the archive.
  let comment: TensorBytes

  /// Finds and reads the directory of `archive`.
  ///
  /// - Throws: `wrongSignature` if this is not an archive, `truncated`, `invalidHeader`, `overlap`
  ///   if two members share bytes.
  init(_ archive: TensorBytes) throws(TensorFileError) {
    let end = try Self.end(of: archive)
    comment = end.comment
    // Reserving memory for a count that lies would be the caller's ruin.
    let needed = end.count.multipliedReportingOverflow(by: ZIP.directoryCount)
    guard !needed.overflow, needed.partialValue <= end.range.count else {
      throw .truncated(
        part: "directory of \(end.count) members",
        needed: needed.overflow ? .max : needed.partialValue, available: end.range.count)
    }
    var reader = try ByteReader(TensorBytes(archive, end.range), part: "directory of the archive")
    var members: [ZIPMember] = []
    members.reserveCapacity(end.count)
    for _ in 0..<end.count { members.append(try ZIPMember(&reader)) }
    members.sort { ($0.offset, $0.name) < ($1.offset, $1.name) }
    try Self.refuseOverlaps(members, directory: end.range.lowerBound)
    self.members = members
  }

  /// Where the directory lies, and how many members it has.
  private struct End {
    var count: Int
    var range: Range<Int>
    var comment: TensorBytes
  }

  private static func end(of archive: TensorBytes) throws(TensorFileError) -> End {
    let position = try endPosition(archive)
    var reader = try ByteReader(archive, at: position, part: "end of the archive")
    try reader.expect(ZIP.endSignature)
    try reader.skip(4)  // The numbers of two disks, checked by the count of members below.
    let countOnDisk = Int(try reader.read(UInt16.self))
    var count = Int(try reader.read(UInt16.self))
    var size = Int(try reader.read(UInt32.self))
    var offset = Int(try reader.read(UInt32.self))
    let commentCount = Int(try reader.read(UInt16.self))
    let comment = try reader.take(commentCount)
    guard countOnDisk == count else {
      throw .invalidHeader(reason: "the archive has \(count) members, \(countOnDisk) on this disk")
    }
    if count == ZIP.limit16 || size == ZIP.limit32 || offset == ZIP.limit32,
      let end64 = try end64Position(archive, before: position)
    {
      reader = try ByteReader(archive, at: end64, part: "zip64 end of the archive")
      try reader.expect(ZIP.end64Signature)
      // The record's size, two versions, two disks, the members on this disk.
      try reader.skip(8 + 2 + 2 + 4 + 4 + 8)
      count = try reader.readSize64()
      size = try reader.readSize64()
      offset = try reader.readSize64()
    }
    let (upper, overflow) = offset.addingReportingOverflow(size)
    guard !overflow, upper <= position else {
      throw .invalidHeader(
        reason: "the directory of \(size) bytes at offset \(offset) ends beyond \(position)")
    }
    return End(count: count, range: offset..<upper, comment: comment)
  }

  /// The last place whose signature fits and whose comment ends with the file.
  private static func endPosition(_ archive: TensorBytes) throws(TensorFileError) -> Int {
    let last = archive.count - ZIP.endCount
    var position = last
    // A comment has at most 65,535 bytes.
    while position >= 0, position >= last - ZIP.limit16 {
      var reader = try ByteReader(archive, at: position, part: "end of the archive")
      if try reader.read(UInt32.self) == ZIP.endSignature {
        try reader.skip(ZIP.endCount - 6)
        if Int(try reader.read(UInt16.self)) == reader.remaining { return position }
      }
      position -= 1
    }
    throw .wrongSignature(part: "end of the archive")
  }

  private static func end64Position(
    _ archive: TensorBytes, before end: Int
  ) throws(TensorFileError) -> Int? {
    guard end >= ZIP.locatorCount else { return nil }
    var reader = try ByteReader(
      archive, at: end - ZIP.locatorCount, part: "zip64 locator of the archive")
    guard try reader.read(UInt32.self) == ZIP.locatorSignature else { return nil }
    try reader.skip(4)
    return try reader.readSize64()
  }

  /// Members that share bytes are how small archives claim to be huge.
  private static func refuseOverlaps(
    _ members: [ZIPMember], directory: Int
  ) throws(TensorFileError) {
    for (index, member) in members.enumerated() {
      let header = ZIP.localCount + member.nameCount
      let (end, overflow) = member.offset.addingReportingOverflow(member.compressedCount)
      let limit = index + 1 < members.count ? members[index + 1].offset : directory
      guard !overflow, end <= limit - header else {
        throw .overlap(
          name: index + 1 < members.count ? members[index + 1].name : "the directory",
          begin: limit, other: member.name, otherEnd: overflow ? .max : end &+ header)
      }
    }
  }
}
