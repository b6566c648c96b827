import TensorFiles
import Testing

/// An npy file of two numbers.
private let pair = Bytes.npy(shape: "(2,)", .floats(1, 2))

@Suite("An npz file")
struct NPZTests {
  @Test("that numpy wrote is read", arguments: ["numpy-stored.npz", "numpy-deflated.npz"])
  func golden(name: String) throws {
    let file = try TensorFile(path: Scratch.fixture(name))
    #expect(file.names.starts(with: ["a", "b", "c", "d", "e"]))
    #expect(file.metadata == [:])
    #expect(try file.tensor(named: "a").floats == [0, 1, 2, 3, 4, 5])
    #expect(try file.tensor(named: "a").shape == [2, 3])
    // 1, −2, ½ and the greatest binary16.
    #expect(
      try file.tensor(named: "b").values(as: UInt16.self) == [0x3C00, 0xC000, 0x3800, 0x7BFF])
    #expect(try file.tensor(named: "c").values(as: Double.self) == (0..<24).map { Double($0) })
    #expect(try file.layout(named: "d").dtype == "|b1")
    #expect(try file.tensor(named: "d").values(as: UInt8.self) == [1, 0])
    #expect(try file.tensor(named: "e").shape == [])
    #expect(try file.tensor(named: "e").floats == [2.5])
    if name == "numpy-deflated.npz" {
      #expect(try file.tensor(named: "z").floats == [Float](repeating: 0, count: 64 * 1024))
    }
  }

  @Test("gives the tensors by their members' names and leaves other members out")
  func names() throws {
    let file = try Archive(
      .init(name: "folder/"), .init(name: "folder/é.npy", data: pair), .init(name: "read.me")
    ).bytes.open(.npz)
    #expect(file.names == ["folder/é"])
    #expect(try file.tensor(named: "folder/é").floats == [1, 2])
    #expect(try Archive().bytes.open(.npz).names == [])
  }

  @Test("is inflated")
  func inflation() throws {
    let file = try Archive(deflated(Archive.deflated(pair))).bytes.open(.npz)
    #expect(try file.layout(named: "x").shape == [2])
    #expect(try file.tensor(named: "x").floats == [1, 2])
  }

  @Test("is mapped where a member suits its type, and copied where not")
  func alignment() throws {
    let scratch = try Scratch()
    for padding in 0..<4 {
      // 30 bytes of local header, 5 of name, 4 of the padding field.
      var member = Archive.Member(data: pair)
      member.localExtra = .of(.le(UInt16(0xD935)), .le(UInt16(padding)), .zeros(padding))
      let path = try scratch.write(Archive(member).bytes, to: "\(padding).npz")
      let tensor = try TensorFile(path: path).tensor(named: "x")
      #expect(tensor.floats == [1, 2])
      let offset = 30 + 5 + 4 + padding + pair.count - 8
      #expect(tensor.bytes.isMapped == (offset % 4 == 0))
    }
  }

  @Test("has zip64 sizes, offsets and counts read")
  func zip64() throws {
    let full = UInt32.max
    var member = Archive.Member(data: pair, compressed: full, uncompressed: full, offset: full)
    let count = UInt64(pair.count)
    member.extra = .of(
      .le(UInt16(0xCAFE)), .le(UInt16(1)), [0],
      .le(UInt16(1)), .le(UInt16(24)), .le(count), .le(count), .le(UInt64(0)))
    var archive = Archive(member)
    let plain = archive.bytes
    #expect(try plain.open(.npz).tensor(named: "x").floats == [1, 2])

    let directory = UInt64(30 + 5 + pair.count)
    let size = UInt64(plain.count - 22) - directory
    archive.count = .max
    archive.directorySize = .max
    archive.directoryOffset = .max
    archive.beforeEnd = .of(
      "PK\u{6}\u{6}", .le(UInt64(44)), .zeros(12), .le(UInt64(1)), .le(UInt64(1)),
      .le(size), .le(directory),
      "PK\u{6}\u{7}", .zeros(4), .le(directory + size), .le(UInt32(1)))
    #expect(try archive.bytes.open(.npz).tensor(named: "x").floats == [1, 2])
  }

  @Test("may have a comment, which is its metadata if it is a JSON object of strings")
  func comment() throws {
    var archive = Archive(.init(data: pair))
    for (comment, metadata) in [(#"{"a":"b"}"#, ["a": "b"]), ("PK\u{5}\u{6}", [:]), ("{1}", [:])] {
      archive.comment = Bytes(Array(comment.utf8))
      let file = try archive.bytes.open(.npz)
      #expect(file.metadata == metadata)
      #expect(file.names == ["x"])
    }
  }

  @Test("reads other members although one is damaged")
  func independence() throws {
    let file = try Archive(
      .init(name: "bad.npy", data: pair, checksum: 0), .init(name: "good.npy", data: pair)
    ).bytes.open(.npz)
    #expect(try file.tensor(named: "good").floats == [1, 2])
    #expect(
      throws: TensorFileError.wrongChecksum(
        member: "bad.npy", expected: 0, actual: Archive.checksum(pair))
    ) { try file.tensor(named: "bad") }
  }

  @Test("is refused with the numbers that disagree", arguments: refused)
  func refusals(file: Bytes, problem: TensorFileError) {
    #expect(file.problem(.npz) == problem)
  }

  @Test("cut anywhere is refused")
  func cuts() {
    let whole = Archive(.init(data: pair), deflated(Archive.deflated(pair), name: "y.npy")).bytes
    #expect(whole.problem(.npz) == nil)
    for count in 0..<whole.count {
      #expect(Bytes(Array(whole.array.prefix(count))).problem(.npz) != nil)
    }
  }
}

/// A deflated member that holds `pair`.
private func deflated(
  _ data: Bytes, name: String = "x.npy", uncompressed: UInt32? = nil
) -> Archive.Member {
  Archive.Member(
    name: name, data: data, method: 8, checksum: Archive.checksum(pair),
    uncompressed: uncompressed ?? UInt32(pair.count))
}

/// An archive of one member whose directory lies.
private func lying(_ change: (inout Archive) -> Void) -> Bytes {
  var archive = Archive(.init(data: pair))
  change(&archive)
  return archive.bytes
}

private let refused: [(Bytes, TensorFileError)] = [
  (Archive(.init(data: pair, flags: 1)).bytes, .encrypted(member: "x.npy")),
  (
    Archive(.init(data: pair, method: 12)).bytes,
    .unsupportedCompression(member: "x.npy", method: 12)
  ),
  // A stored member that says to hold more than it stores.
  (
    Archive(.init(data: pair, uncompressed: 1000)).bytes,
    .wrongByteCount(name: "x.npy", expected: 1000, actual: pair.count)
  ),
  // 1032 to 1 is the most that deflate can do.
  (
    Archive(deflated(Archive.deflated(pair), uncompressed: 1 << 30)).bytes,
    .impossibleSize(
      member: "x.npy", compressed: UInt64(pair.count + 5), uncompressed: 1 << 30)
  ),
  (
    Archive(deflated(Archive.deflated(pair), uncompressed: UInt32(pair.count - 1))).bytes,
    .invalidDeflate(
      member: "x.npy",
      reason: "it says to hold \(pair.count - 1) bytes, but holds more")
  ),
  (
    Archive(deflated(Archive.deflated(pair), uncompressed: UInt32(pair.count + 1))).bytes,
    .invalidDeflate(
      member: "x.npy",
      reason: "it says to hold \(pair.count + 1) bytes, but holds only \(pair.count)")
  ),
  (
    Archive(deflated([0x07])).bytes,
    .invalidDeflate(member: "x.npy", reason: "zlib says 'invalid block type'")
  ),
  (
    Archive(.init(data: pair), .init(name: "y.npy", data: pair, offset: 0)).bytes,
    .overlap(name: "y.npy", begin: 0, other: "x.npy", otherEnd: 35 + pair.count)
  ),
  (
    Archive(.init(data: pair, compressed: 1 << 20)).bytes,
    .overlap(
      name: "the directory", begin: 35 + pair.count, other: "x.npy", otherEnd: 35 + 1 << 20)
  ),
  (
    Archive(.init(localName: "y.npy", data: pair)).bytes,
    .invalidHeader(reason: "the directory and the local header name 'x.npy' differently")
  ),
  (Archive(.init(data: pair), .init(data: pair)).bytes, .duplicateName(name: "x")),
  (
    lying { $0.count = 1000 },
    .truncated(part: "directory of 1000 members", needed: 46_000, available: 51)
  ),
  (
    lying {
      $0.count = 2
      $0.directoryOffset = 0
      $0.directorySize = 100
    },
    .wrongSignature(part: "directory of the archive")
  ),
  (
    lying { $0.directorySize = 1 << 20 },
    .invalidHeader(
      reason: "the directory of \(1 << 20) bytes at offset \(35 + pair.count) "
        + "ends beyond \(35 + pair.count + 51)")
  ),
  (
    lying {
      $0.count = .max
      $0.beforeEnd = .of("PK\u{6}\u{7}", .zeros(4), .le(UInt64.max), .zeros(4))
    },
    .invalidHeader(
      reason: "the zip64 locator of the archive has the size \(UInt64.max), beyond \(Int.max)")
  ),
  (
    Bytes(Archive(.init(data: pair)).bytes.array.dropLast()),
    .wrongSignature(part: "end of the archive")
  ),
  ([], .wrongSignature(part: "end of the archive")),
  (Archive(.init()).bytes, .wrongSignature(part: "npy header")),
]
