import TensorFiles
import Testing

@Suite("A written npy file")
struct NPYWriterTests {
  @Test(
    "is this, byte by byte",
    arguments: [
      (.f32, [], "'<f4'", "()"), (.f16, [3], "'<f2'", "(3,)"), (.f64, [2, 1], "'<f8'", "(2, 1)"),
      (.bool, [1, 2, 3], "'|b1'", "(1, 2, 3)"), (.f32, [4, 0], "'<f4'", "(4, 0)"),
    ] as [(TensorFileElement, [Int], String, String)])
  func golden(element: TensorFileElement, shape: [Int], descr: String, text: String) throws {
    let scratch = try Scratch()
    let data = bytes(shape.reduce(element.byteCount, *))
    try write(element, shape, data, to: scratch.path("x.npy"))
    let literal = "{'descr': \(descr), 'fortran_order': False, 'shape': \(text), }"
    // 10 + 118 = 128 bytes before the data.
    let spaces = String(repeating: " ", count: 117 - literal.count)
    #expect(try scratch.read("x.npy") == Bytes.npy(literal + spaces + "\n", data).array)
  }

  @Test("is what numpy writes", .enabled(if: Python.hasNumPy), arguments: types)
  func numpy(element: TensorFileElement, type: String) throws {
    let scratch = try Scratch()
    let shapes = [[], [1], [3, 2], [0, 5], [2, 1, 3, 2]]
    for shape in shapes {
      let data = bytes(shape.reduce(element.byteCount, *))
      try write(element, shape, data, to: scratch.path("\(shape).npy"))
    }
    _ = try Python.run(
      """
      import sys, numpy
      for shape in \(shapes):
        x = numpy.load(f"{sys.argv[1]}/{shape}.npy")
        assert x.dtype == numpy.dtype("\(type)") and list(x.shape) == shape
        assert x.tobytes() == bytes(i % 3 % 2 for i in range(x.nbytes))
        numpy.save(f"{sys.argv[1]}/{shape}.numpy.npy", x)
      """, scratch.path(""))
    for shape in shapes {
      #expect(try scratch.read("\(shape).npy") == scratch.read("\(shape).numpy.npy"))
    }
  }

  @Test("is read as it was written, mapped and under the name of the file", arguments: types)
  func roundTrip(element: TensorFileElement, _: String) throws {
    let scratch = try Scratch()
    let path = scratch.path("y.npy")
    // The last header is longer than 128 bytes.
    for shape in [[], [7], [3, 0], [5, 1, 3], [2] + [Int](repeating: 1, count: 63)] {
      let data = bytes(shape.reduce(element.byteCount, *))
      try write(element, shape, data, to: path)
      let file = try TensorFile(path: path)
      #expect(file.names == ["y"])
      #expect(file.metadata == [:])
      let tensor = try file.tensor(named: "y")
      #expect(tensor.shape == shape)
      #expect(tensor.element == element)
      #expect(tensor.values(as: UInt8.self) == data.array)
      #expect(tensor.bytes.isMapped)
      #expect(try (scratch.read("y.npy").count - data.count) % 64 == 0)
    }
  }

  @Test("takes the bytes of its array part by part")
  func parts() throws {
    let scratch = try Scratch()
    var writer = TensorFileWriter()
    try writer.add(
      .init(name: "x", shape: [250, 4], element: .f32) { (sink) throws(TensorFileError) in
        for row in 0..<250 { try sink(unsafe [UInt8](repeating: UInt8(row), count: 16).span.bytes) }
        try sink(unsafe [UInt8]().span.bytes)
      })
    try writer.write(to: scratch.path("x.NPY"))
    let tensor = try TensorFile(path: scratch.path("x.NPY")).tensor(named: "x")
    #expect(tensor.values(as: UInt8.self) == (0..<4000).map { UInt8($0 / 16) })
  }

  @Test("that fails leaves the previous one, and nothing beside it")
  func failure() throws {
    let scratch = try Scratch()
    let path = try scratch.write("before", to: "x.npy")
    func expect(_ problem: TensorFileError, _ tensors: TensorFileWriter.Tensor...) throws {
      var writer = TensorFileWriter()
      for tensor in tensors { try writer.add(tensor) }
      #expect(throws: TensorFileError.inFile(path: path, problem)) { try writer.write(to: path) }
      #expect(try scratch.read("x.npy") == Array("before".utf8))
      #expect(try scratch.names == ["x.npy"])
    }
    let x = TensorFileWriter.Tensor(name: "x", shape: [1], values: [1])
    try expect(.wrongTensorCount(expected: 1, actual: 0))
    try expect(
      .wrongTensorCount(expected: 1, actual: 3), x, .init(name: "y", shape: [], values: [1]),
      .init(name: "z", shape: [0], values: []))
    try expect(
      .cannotStore(name: "x", element: .bf16, format: .npy),
      .init(name: "x", shape: [1], element: .bf16, bytes: Bytes.zeros(2).tensorBytes()))
    try expect(
      .wrongSource(name: "x", expected: 8, actual: 4), .init(name: "x", shape: [2], values: [1]))
    try expect(
      .wrongSource(name: "x", expected: 4, actual: 8), .init(name: "x", shape: [1], values: [1, 2]))
    try expect(
      .tooManyElements(name: "x", shape: [.max]),
      .init(name: "x", shape: [.max], element: .bool, bytes: Bytes.zeros(1).tensorBytes()))
    try expect(
      .outOfMemory(bytes: 3),
      .init(name: "x", shape: [1], element: .f32) { (sink) throws(TensorFileError) in
        try sink(unsafe [UInt8](repeating: 0, count: 4).span.bytes)
        throw .outOfMemory(bytes: 3)
      })
  }

  @Test("keeps no metadata")
  func metadata() throws {
    let scratch = try Scratch()
    var writer = TensorFileWriter(metadata: ["a": "b"])
    try writer.add(.init(name: "x", shape: [2], values: [1, 2]))
    try writer.write(to: scratch.path("with.npy"))
    writer.metadata = [:]
    try writer.write(to: scratch.path("without.npy"))
    #expect(try scratch.read("with.npy") == scratch.read("without.npy"))
  }
}

/// The types that npy has, and numpy's names of them.
private let types: [(TensorFileElement, String)] = [
  (.f32, "float32"), (.f16, "float16"), (.f64, "float64"), (.bool, "bool"),
]

/// Zeros and ones, which are truth values too.
private func bytes(_ count: Int) -> Bytes { Bytes((0..<count).map { UInt8($0 % 3 % 2) }) }

private func write(
  _ element: TensorFileElement, _ shape: [Int], _ data: Bytes, to path: String
) throws {
  var writer = TensorFileWriter()
  try writer.add(.init(name: "x", shape: shape, element: element, bytes: data.tensorBytes()))
  try writer.write(to: path)
}
