import TensorFiles
import Testing

@Suite("An npy file")
struct NPYTests {
  @Test("is read in every version", arguments: [1, 2, 3] as [UInt8])
  func versions(version: UInt8) throws {
    let file = try Bytes.npy(
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }  \n", .floats(1, 2),
      version: version
    ).open(.npy)
    let tensor = try file.tensor(named: "array")
    #expect(tensor.shape == [2, 1])
    #expect(tensor.floats == [1, 2])
  }

  @Test(
    "may spell its header otherwise than numpy does",
    arguments: [
      "{\"shape\":(1,),\"fortran_order\":False,\"descr\":\"<f4\"}",
      "{'descr' : '<f4' , 'shape' : ( 1 , ) , 'fortran_order' : False , }",
      "\n{\t'fortran_order':\nTrue,'shape':(1,),'descr':'<f4'}\r\n",
    ])
  func spelling(header: String) throws {
    let tensor = try Bytes.npy(header, .floats(5)).open(.npy).tensor(named: "array")
    #expect(tensor.shape == [1])
    #expect(tensor.floats == [5])
  }

  @Test("may hold a single number")
  func scalar() throws {
    let tensor = try Bytes.npy(shape: "()", .floats(5)).open(.npy).tensor(named: "array")
    #expect(tensor.shape == [])
    #expect(tensor.floats == [5])
  }

  @Test("may hold truth values, of whatever bytes")
  func truthValues() throws {
    let tensor = try Bytes.npy(
      "{'descr': '|b1', 'fortran_order': False, 'shape': (1, 4), }", [0, 1, 2, 255]
    ).open(.npy).tensor(named: "array")
    #expect(tensor.element == .bool)
    #expect(tensor.shape == [1, 4])
    #expect(tensor.values(as: UInt8.self) == [0, 1, 2, 255])
  }

  @Test("in Fortran order is transposed, for elements of every size")
  func fortran() throws {
    // Element (i, j, k) of a 2×3×4 array is 100i + 10j + k.
    let shape = [2, 3, 4]
    let all = shape.reduce(1, *)
    let expected = (0..<all).map { 100 * ($0 / 12) + 10 * ($0 / 4 % 3) + $0 % 4 }
    let stored = (0..<all).map { 100 * ($0 % 2) + 10 * ($0 / 2 % 3) + $0 / 6 }
    func read(_ descr: String, _ data: Bytes) throws -> TensorFile.Entry {
      try Bytes.npy(
        "{'descr': '\(descr)', 'fortran_order': True, 'shape': (2, 3, 4)}", data
      ).open(.npy).tensor(named: "array")
    }
    let one = try read("|b1", stored.reduce(into: []) { $0 += .le(UInt8($1)) })
    #expect(one.values(as: UInt8.self) == expected.map { UInt8($0) })
    let two = try read("<f2", stored.reduce(into: []) { $0 += .le(UInt16($1)) })
    #expect(two.values(as: UInt16.self) == expected.map { UInt16($0) })
    let four = try read("<f4", stored.reduce(into: []) { $0 += .le(UInt32($1)) })
    #expect(four.values(as: UInt32.self) == expected.map { UInt32($0) })
    let eight = try read("<f8", stored.reduce(into: []) { $0 += .le(UInt64($1)) })
    #expect(eight.values(as: UInt64.self) == expected.map { UInt64($0) })
  }

  @Test("that numpy wrote in Fortran order is read")
  func golden() throws {
    let file = try TensorFile(path: Scratch.fixture("numpy-fortran.npy"))
    #expect(file.names == ["numpy-fortran"])
    let tensor = try file.tensor(named: "numpy-fortran")
    #expect(tensor.shape == [2, 3, 4])
    #expect(tensor.values(as: Double.self) == (0..<24).map { Double($0) })
  }

  @Test(
    "of another type says so",
    arguments: [
      ("'>f4'", .bigEndian(name: "array", dtype: ">f4")),
      ("'|V2'", .opaqueElement(name: "array", dtype: "|V2")),
      ("'<V2'", .opaqueElement(name: "array", dtype: "<V2")),
      ("'|u1'", .unsupportedElement(name: "array", dtype: "|u1")),
      ("'|b2'", .unsupportedElement(name: "array", dtype: "|b2")),
      ("[('a', '<f4', (2,))]", .unsupportedElement(name: "array", dtype: "[('a', '<f4', (2,))]")),
      ("('<f4', ((1, 'a'),))", .unsupportedElement(name: "array", dtype: "('<f4', ((1, 'a'),))")),
    ] as [(String, TensorFileError)])
  func types(descr: String, problem: TensorFileError) throws {
    let file = try Bytes.npy(
      "{'descr': \(descr), 'fortran_order': False, 'shape': (1,)}", .zeros(4)
    ).open(.npy)
    #expect(try file.layout(named: "array").element == nil)
    #expect(throws: problem) { try file.tensor(named: "array") }
  }

  @Test(
    "is refused with the numbers that disagree",
    arguments: [
      (
        Bytes.npy(shape: "(3,)", .zeros(8)),
        .wrongByteCount(name: "array", expected: 12, actual: 8)
      ),
      (.npy(shape: "(1,)", .zeros(8)), .wrongByteCount(name: "array", expected: 4, actual: 8)),
      (
        .npy("{'descr': '|b1', 'fortran_order': True, 'shape': (2, 3)}", .zeros(24)),
        .wrongByteCount(name: "array", expected: 6, actual: 24)
      ),
      (.npy(shape: "(-1,)", []), .negativeDimension(name: "array", dimension: -1)),
      (
        .npy(shape: "(4611686018427387904, 2)", []),
        .tooManyElements(name: "array", shape: [1 << 62, 2])
      ),
      (.npy("{}", version: 4), .unsupportedVersion(major: 4, minor: 0)),
      ("\u{93}NUMPX", .wrongSignature(part: "npy header")),
      ([], .wrongSignature(part: "npy header")),
      (
        .of([0x93], "NUMPY", [1, 0], .le(UInt16(9)), "{}"),
        .truncated(part: "npy header", needed: 9, available: 2)
      ),
      (
        .of([0x93], "NUMPY", [2, 0], .le(UInt32.max), "{}"),
        .headerTooLong(bytes: 0xFFFF_FFFF, limit: 1 << 20)
      ),
    ] as [(Bytes, TensorFileError)])
  func refusals(file: Bytes, problem: TensorFileError) {
    #expect(file.problem(.npy) == problem)
  }

  @Test(
    "is refused if its header is not a dictionary of the three keys",
    arguments: [
      "", "{", "{'descr'", "{'descr':", "{'descr': '<f4", "{'descr': '<f4'", "[]", "{}",
      "{'descr': '<f4', 'fortran_order': False}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': True}",
      "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
      "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1L,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1 1)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': [1]}",
      "{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} more",
      "{'descr': '<\\x664', 'fortran_order': False, 'shape': (1,)}",
      "{'descr': " + String(repeating: "[", count: 60_000),
    ])
  func headers(header: String) {
    guard case .invalidHeader = Bytes.npy(header, .zeros(4)).problem(.npy) else {
      Issue.record("\(header.prefix(80)) is not refused")
      return
    }
  }
}
