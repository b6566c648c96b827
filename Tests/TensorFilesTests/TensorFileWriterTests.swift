import Foundation
import TensorFiles
import Testing

@Suite("A written file")
struct TensorFileWriterTests {
  @Test("of safetensors is this, byte by byte")
  func safetensorsGolden() throws {
    let scratch = try Scratch()
    var writer = TensorFileWriter(metadata: ["b": "\"\n", "a": "é/"])
    try writer.add(
      .init(name: "a", shape: [3], element: .bool, bytes: Bytes([1, 0, 1]).tensorBytes()))
    try writer.add(
      .init(name: "h", shape: [1], element: .bf16, bytes: Bytes([1, 2]).tensorBytes()))
    try writer.add(.init(name: "q", shape: [2], values: [1, 2]))
    try writer.add(.init(name: "b", shape: [], values: [3]))
    try writer.write(to: scratch.path("x.safetensors"))
    // The greater elements first, then by name; padded with spaces to 8 bytes.
    var header =
      #"{"__metadata__":{"a":"é/","b":"\"\u000a"},"#
      + #""b":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"#
      + #""q":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},"#
      + #""h":{"dtype":"BF16","shape":[1],"data_offsets":[12,14]},"#
      + #""a":{"dtype":"BOOL","shape":[3],"data_offsets":[14,17]}}"#
    while header.utf8.count % 8 != 0 { header += " " }
    let expected = Bytes.safetensors(header, .of(.floats(3, 1, 2), [1, 2], [1, 0, 1]))
    #expect(try scratch.read("x.safetensors") == expected.array)
  }

  @Test("of npz is this, byte by byte")
  func npzGolden() throws {
    let scratch = try Scratch()
    var writer = TensorFileWriter(metadata: ["a": "b"])
    try writer.add(.init(name: "q", shape: [1], values: [1]))
    try writer.write(to: scratch.path("x.npz"))

    let literal = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }"
    // 10 + 118 = 128 bytes before the data.
    let spaces = String(repeating: " ", count: 117 - literal.count)
    let npy = Bytes.npy(literal + spaces + "\n", .floats(1))
    let middle = Bytes.of(
      .le(UInt16(20)), .le(UInt16(0x800)), .zeros(4), .le(UInt16(0x21)),
      .le(Archive.checksum(npy)), .le(UInt32(npy.count)), .le(UInt32(npy.count)), .le(UInt16(5)))
    // 30 + 5 bytes, and 29 of padding: 64.
    let local = Bytes.of(
      "PK\u{3}\u{4}", middle, .le(UInt16(29)), "q.npy",
      .le(UInt16(0xD935)), .le(UInt16(25)), .le(UInt16(64)), .zeros(23))
    let directory = Bytes.of(
      "PK\u{1}\u{2}", .le(UInt16(0x0314)), middle, .zeros(8), .le(UInt32(0o100644) << 16),
      .zeros(4), "q.npy")
    let end = Bytes.of(
      "PK\u{5}\u{6}", .zeros(4), .le(UInt16(1)), .le(UInt16(1)), .le(UInt32(directory.count)),
      .le(UInt32(64 + npy.count)), .le(UInt16(9)), #"{"a":"b"}"#)
    #expect(try scratch.read("x.npz") == Bytes.of(local, npy, directory, end).array)
  }

  @Test("is read as it was written", arguments: ["x.safetensors", "x.npz"])
  func roundTrip(name: String) throws {
    let scratch = try Scratch()
    let path = scratch.path(name)
    var writer = TensorFileWriter(metadata: ["key": "\u{0}\u{1F}\\\"é"])
    try writer.add(
      .init(name: "mask", shape: [3, 1], element: .bool, bytes: Bytes([0, 1, 7]).tensorBytes()))
    let big = (0..<5000).map { Float($0) }
    try writer.add(
      .init(name: "half", shape: [3], element: .f16, bytes: Bytes.zeros(6).tensorBytes()))
    try writer.add(.init(name: "big", shape: [50, 100], values: big))
    try writer.add(.init(name: "none", shape: [0, 4], values: []))
    try writer.add(
      .init(name: "double \"é\"", shape: [], element: .f64) {
        (sink) throws(TensorFileError) in
        for byte: UInt8 in 1...8 { try sink(unsafe [byte].span.bytes) }
      })
    try unsafe big.withUnsafeBytes {
      try writer.add(unsafe .init(name: "same", shape: [5000], element: .f32, unsafeBytes: $0))
      try writer.write(to: path)
    }
    let file = try TensorFile(path: path)
    #expect(file.metadata == writer.metadata)
    #expect(Set(file.names) == Set(writer.tensors.map(\.name)))
    #expect(try file.tensor(named: "big").floats == big)
    #expect(try file.tensor(named: "big").shape == [50, 100])
    #expect(try file.tensor(named: "same").floats == big)
    #expect(try file.tensor(named: "half").element == .f16)
    #expect(try file.tensor(named: "mask").element == .bool)
    #expect(try file.tensor(named: "mask").values(as: UInt8.self) == [0, 1, 7])
    #expect(try file.tensor(named: "none").shape == [0, 4])
    #expect(
      try file.tensor(named: "double \"é\"").values(as: UInt64.self) == [0x0807_0605_0403_0201])
    for name in file.names { #expect(try file.tensor(named: name).bytes.isMapped) }
  }

  @Test("of npz uses zip64 where it must", arguments: [0, 1, 2, 200, 1 << 20])
  func zip64(limit: Int) throws {
    let scratch = try Scratch()
    var writer = TensorFileWriter(metadata: ["a": "b"])
    writer.zip64Limit = limit
    try writer.add(.init(name: "x", shape: [2], values: [1, 2]))
    try writer.add(.init(name: "y", shape: [2], values: [3, 4]))
    try writer.write(to: scratch.path("x.npz"))
    let file = try TensorFile(path: scratch.path("x.npz"))
    #expect(try file.tensor(named: "x").floats == [1, 2])
    #expect(try file.tensor(named: "y").floats == [3, 4])
    #expect(file.metadata == ["a": "b"])
    let end64 = try scratch.read("x.npz").firstRange(of: Array("PK\u{6}\u{6}".utf8))
    #expect((end64 != nil) == (limit < 1 << 20))
    if Python.hasNumPy {
      let sum = "import sys, numpy; f = numpy.load(sys.argv[1]); print(sum(f[k].sum() for k in f))"
      #expect(try Python.run(sum, scratch.path("x.npz")) == "10.0")
    }
  }

  @Test("replaces the previous one whole, and leaves nothing beside it")
  func replacement() throws {
    let scratch = try Scratch()
    let path = try scratch.write("before", to: "x.npz")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    var writer = TensorFileWriter()
    try writer.add(.init(name: "x", shape: [1], values: [1]))
    try writer.write(to: path)
    #expect(try TensorFile(path: path).tensor(named: "x").floats == [1])
    #expect(try scratch.names == ["x.npz"])
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test(
    "that fails leaves the previous one, and nothing beside it", arguments: ["npz", "safetensors"])
  func failure(format: String) throws {
    let scratch = try Scratch()
    let path = try scratch.write("before", to: "x." + format)
    func expect(_ problem: TensorFileError, _ tensor: TensorFileWriter.Tensor) throws {
      var writer = TensorFileWriter()
      try writer.add(.init(name: "first", shape: [1], values: [1]))
      try writer.add(tensor)
      #expect(throws: TensorFileError.inFile(path: path, problem)) { try writer.write(to: path) }
      #expect(try scratch.read("x." + format) == Array("before".utf8))
      #expect(try scratch.names == ["x." + format])
    }
    try expect(
      .wrongSource(name: "x", expected: 8, actual: 4), .init(name: "x", shape: [2], values: [1]))
    try expect(
      .wrongSource(name: "x", expected: 4, actual: 8), .init(name: "x", shape: [1], values: [1, 2]))
    try expect(
      .outOfMemory(bytes: 3),
      .init(name: "x", shape: [1], element: .f32) { (_) throws(TensorFileError) in
        throw .outOfMemory(bytes: 3)
      })
    if format == "npz" {
      let half = try Bytes.zeros(2).tensorBytes()
      try expect(
        .cannotStore(name: "x", element: .bf16, format: .npz),
        .init(name: "x", shape: [1], element: .bf16, bytes: half))
      try expect(
        .tooLong(part: "name of a member", bytes: 70_004, limit: 65_535),
        .init(name: String(repeating: "x", count: 70_000), shape: [1], values: [1]))
    } else {
      try expect(
        .reservedName(name: "__metadata__"), .init(name: "__metadata__", shape: [1], values: [1]))
    }
  }

  #if canImport(Glibc)
    @Test("for which there is no room leaves the previous one, and nothing beside it")
    func room() async {
      await #expect(processExitsWith: .success) {
        let scratch = try Scratch()
        let path = try scratch.write("before", to: "x.npz")
        var writer = TensorFileWriter()
        try writer.add(.init(name: "x", shape: [5000], values: [Float](repeating: 1, count: 5000)))
        // A limit on the size of files stands for a full disk; its signal would end the process.
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 4096, rlim_max: 4096)
        #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        #expect(throws: TensorFileError.cannotWrite(path: path, reason: "File too large")) {
          try writer.write(to: path)
        }
        #expect(try scratch.read("x.npz") == Array("before".utf8))
        #expect(try scratch.names == ["x.npz"])
      }
    }
  #endif

  @Test("keeps a symbolic link in its place")
  func link() throws {
    let scratch = try Scratch()
    _ = try scratch.write("before", to: "real.npz")
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path("link.npz"), withDestinationPath: "real.npz")
    try TensorFileWriter().write(to: scratch.path("link.npz"))
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: scratch.path("link.npz"))
        == "real.npz")
    #expect(try TensorFile(path: scratch.path("real.npz")).names == [])
    #expect(try scratch.names == ["link.npz", "real.npz"])
  }

  @Test("must have a place, a known extension and metadata that fit")
  func refusals() throws {
    let scratch = try Scratch()
    let lost = scratch.path("missing/x.npz")
    #expect(throws: TensorFileError.cannotWrite(path: lost, reason: "No such file or directory")) {
      try TensorFileWriter().write(to: lost)
    }
    let supported = [".safetensors", ".npz", ".npy"]
    #expect(throws: TensorFileError.unknownExtension(path: "x.pt", supported: supported)) {
      try TensorFileWriter().write(to: "x.pt")
    }
    let folder = scratch.path("folder.npz")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    #expect(throws: TensorFileError.isDirectory(path: folder)) {
      try TensorFileWriter().write(to: folder)
    }
    let path = scratch.path("x.npz")
    let problem = TensorFileError.tooLong(part: "metadata", bytes: 65_536, limit: 65_535)
    #expect(throws: TensorFileError.inFile(path: path, problem)) {
      try TensorFileWriter(metadata: ["a": String(repeating: "b", count: 65_528)]).write(to: path)
    }
    #expect(try scratch.names == ["folder.npz"])
  }

  @Test("takes each name once, and shapes that can be counted")
  func additions() throws {
    var writer = TensorFileWriter()
    try writer.add(.init(name: "x", shape: [1], values: [1]))
    #expect(throws: TensorFileError.duplicateName(name: "x")) {
      try writer.add(.init(name: "x", shape: [1], values: [1]))
    }
    #expect(throws: TensorFileError.negativeDimension(name: "y", dimension: -1)) {
      try writer.add(.init(name: "y", shape: [-1], values: [1]))
    }
    #expect(throws: TensorFileError.tooManyElements(name: "y", shape: [.max])) {
      try writer.add(.init(name: "y", shape: [.max], values: [1]))
    }
  }
}
