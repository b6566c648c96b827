/// A ZIP archive whose every field may lie.
struct Archive {
  struct Member {
    var name = "x.npy"
    var localName: String?
    var data: Bytes = []
    var method: UInt16 = 0
    var flags: UInt16 = 0
    var checksum: UInt32?
    var compressed: UInt32?
    var uncompressed: UInt32?
    var offset: UInt32?
    var localExtra: Bytes = []
    var extra: Bytes = []
  }

  var members: [Member]
  var count: UInt16?
  var directorySize: UInt32?
  var directoryOffset: UInt32?
  var beforeEnd: Bytes = []
  var comment: Bytes = []

  init(_ members: Member...) { self.members = members }

  /// The archive.
  var bytes: Bytes {
    var result = Bytes()
    var directory = Bytes()
    for member in members {
      let offset = UInt32(result.count)
      let name = Bytes(Array(member.name.utf8))
      let localName = Bytes(Array((member.localName ?? member.name).utf8))
      let compressed = member.compressed ?? UInt32(member.data.count)
      let middle = Bytes.of(
        .le(member.flags), .le(member.method), .zeros(4),
        .le(member.checksum ?? Self.checksum(member.data)),
        .le(compressed), .le(member.uncompressed ?? compressed))
      result += .of(
        "PK\u{3}\u{4}", .le(UInt16(20)), middle,
        .le(UInt16(localName.count)), .le(UInt16(member.localExtra.count)),
        localName, member.localExtra, member.data)
      directory += .of(
        "PK\u{1}\u{2}", .le(UInt16(20)), .le(UInt16(20)), middle,
        .le(UInt16(name.count)), .le(UInt16(member.extra.count)), .zeros(10),
        .le(member.offset ?? offset), name, member.extra)
    }
    let count = count ?? UInt16(members.count)
    let offset = directoryOffset ?? UInt32(result.count)
    return .of(
      result, directory, beforeEnd,
      "PK\u{5}\u{6}", .zeros(4), .le(count), .le(count),
      .le(directorySize ?? UInt32(directory.count)), .le(offset),
      .le(UInt16(comment.count)), comment)
  }

  /// The CRC-32 by its definition: polynomial 0xEDB88320, bit by bit.
  static func checksum(_ bytes: Bytes) -> UInt32 {
    var rest = ~UInt32(0)
    for byte in bytes.array {
      rest ^= UInt32(byte)
      for _ in 0..<8 { rest = rest & 1 == 0 ? rest >> 1 : (rest >> 1) ^ 0xEDB8_8320 }
    }
    return ~rest
  }

  /// A deflated stream of one stored block.
  static func deflated(_ bytes: Bytes) -> Bytes {
    .of([1], .le(UInt16(bytes.count)), .le(~UInt16(bytes.count)), bytes)
  }
}
