import TensorFiles
import Testing

@Suite("numpy", .enabled(if: Python.hasNumPy))
struct NumPyTests {
  @Test("reads what is written")
  func reads() throws {
    let scratch = try Scratch()
    var writer = TensorFileWriter(metadata: ["a": "b"])
    try writer.add(.init(name: "é/q", shape: [2, 3], values: [0, 1, 2, 3, 4, 5]))
    try writer.add(
      .init(name: "h", shape: [2], element: .f16, bytes: Bytes([0, 0x3C, 0, 0xC0]).tensorBytes()))
    try writer.add(
      .init(name: "m", shape: [3], element: .bool, bytes: Bytes([1, 0, 2]).tensorBytes()))
    try writer.add(.init(name: "one", shape: [], values: [7]))
    try writer.add(.init(name: "none", shape: [0, 2], values: []))
    try writer.write(to: scratch.path("x.npz"))
    let printed = try Python.run(
      """
      import sys, numpy, zipfile
      with numpy.load(sys.argv[1]) as f:
        for k in f: print(ascii(k), f[k].dtype, f[k].shape, f[k].tolist())
      z = zipfile.ZipFile(sys.argv[1])
      print(z.testzip(), z.comment.decode())
      """, scratch.path("x.npz"))
    #expect(
      printed == #"""
        '\xe9/q' float32 (2, 3) [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
        'h' float16 (2,) [1.0, -2.0]
        'm' bool (3,) [True, False, True]
        'one' float32 () 7.0
        'none' float32 (0, 2) []
        None {"a":"b"}
        """#)
  }

  @Test("writes what is read", arguments: ["savez", "savez_compressed"])
  func writes(function: String) throws {
    let scratch = try Scratch()
    _ = try Python.run(
      """
      import sys, numpy
      x = numpy.arange(3000, dtype=numpy.float32).reshape(2, 30, 50)
      numpy.\(function)(
        sys.argv[1], c=x, f=numpy.asfortranarray(x), z=numpy.zeros((1000, 1000), numpy.float32),
        i=numpy.arange(3), s=numpy.array("text"))
      """, scratch.path("x.npz"))
    let file = try TensorFile(path: scratch.path("x.npz"))
    let expected = (0..<3000).map { Float($0) }
    #expect(try file.tensor(named: "c").floats == expected)
    #expect(try file.tensor(named: "f").floats == expected)
    // Zeros come near the bound of 1032 to 1.
    #expect(try file.tensor(named: "z").floats == [Float](repeating: 0, count: 1_000_000))
    #expect(try file.layout(named: "i").dtype == "<i8")
    #expect(try file.layout(named: "s").dtype == "<U4")
  }

  @Test(
    "writes single arrays of every type and order that are read",
    arguments: ["float16", "float32", "float64", "bool"])
  func arrays(type: String) throws {
    let scratch = try Scratch()
    for order in ["C", "F"] {
      _ = try Python.run(
        """
        import sys, numpy
        x = (numpy.arange(60) % 7).astype("\(type)").reshape(3, 1, 4, 5)
        numpy.save(sys.argv[1], numpy.asarray(x, order="\(order)"))
        x.tofile(sys.argv[2])
        """, scratch.path("x.npy"), scratch.path("raw"))
      let tensor = try TensorFile(path: scratch.path("x.npy")).tensor(named: "x")
      #expect(tensor.shape == [3, 1, 4, 5])
      #expect(try tensor.values(as: UInt8.self) == scratch.read("raw"))
    }
  }
}
