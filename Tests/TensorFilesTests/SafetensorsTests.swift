import TensorFiles
import Testing

@Suite("A safetensors file")
struct SafetensorsTests {
  @Test("gives names, shapes, types, numbers and metadata")
  func contents() throws {
    let file = try Bytes.safetensors(
      """
      {"__metadata__":{"by":"hand"},"k":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]},
       "q":{"dtype":"BF16","shape":[4],"data_offsets":[0,8]}}
      """, .of(.le(UInt64(0x0102_0304_0506_0708)), .floats(1, -2))
    ).open(.safetensors)
    #expect(file.names == ["q", "k"])
    #expect(file.metadata == ["by": "hand"])
    let k = try file.tensor(named: "k")
    #expect(k.shape == [2, 1])
    #expect(k.element == .f32)
    #expect(k.floats == [1, -2])
    let q = try file.tensor(named: "q")
    #expect(q.element == .bf16)
    #expect(q.values(as: UInt16.self) == [0x0708, 0x0506, 0x0304, 0x0102])
  }

  @Test("may hold a single number, no number, and no tensor")
  func small() throws {
    let file = try Bytes.safetensors(
      """
      {"one":{"dtype":"F32","shape":[],"data_offsets":[0,4]},
       "none":{"dtype":"F32","shape":[3,0],"data_offsets":[0,0]}}
      """, .floats(7)
    ).open(.safetensors)
    #expect(try file.tensor(named: "one").floats == [7])
    #expect(try file.tensor(named: "one").shape == [])
    #expect(try file.tensor(named: "none").floats == [])
    #expect(try Bytes.safetensors("{}").open(.safetensors).names == [])
  }

  @Test("lists a tensor of an unsupported type, and refuses only its numbers")
  func unsupported() throws {
    let file = try Bytes.safetensors(
      """
      {"ids":{"dtype":"U8","shape":[2],"data_offsets":[4,6]},
       "q":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}
      """, .of(.floats(3), [1, 0])
    ).open(.safetensors)
    #expect(file.names == ["q", "ids"])
    #expect(try file.tensor(named: "q").floats == [3])
    let layout = try file.layout(named: "ids")
    #expect(layout.dtype == "U8" && layout.element == nil && layout.shape == [2])
    #expect(throws: TensorFileError.unsupportedElement(name: "ids", dtype: "U8")) {
      try file.tensor(named: "ids")
    }
    #expect(throws: TensorFileError.noTensor(name: "v", available: ["q", "ids"])) {
      try file.tensor(named: "v")
    }
  }

  @Test("may hold truth values, of whatever bytes, at any address")
  func truthValues() throws {
    let scratch = try Scratch()
    let header = #"{"m":{"dtype":"BOOL","shape":[2,2],"data_offsets":[1,5]}}"#
    for padding in 0..<2 {
      let text = header + String(repeating: " ", count: padding)
      let path = try scratch.write(
        .safetensors(text, [9, 0, 1, 2, 255]), to: "\(padding).safetensors")
      let tensor = try TensorFile(path: path).tensor(named: "m")
      #expect(tensor.element == .bool)
      #expect(tensor.shape == [2, 2])
      #expect(tensor.values(as: UInt8.self) == [0, 1, 2, 255])
      #expect(tensor.bytes.isMapped)
    }
  }

  @Test("is mapped where its header is padded, and copied to an aligned buffer where not")
  func alignment() throws {
    let scratch = try Scratch()
    let header = #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
    for padding in 0..<8 {
      let text = header + String(repeating: " ", count: padding)
      let path = try scratch.write(
        .safetensors(text, .floats(1, 2)), to: "\(padding).safetensors")
      let tensor = try TensorFile(path: path).tensor(named: "x")
      #expect(tensor.floats == [1, 2])
      #expect(tensor.bytes.isMapped == ((8 + text.utf8.count) % 4 == 0))
      let address = tensor.bytes.withUnsafeBytes { Int(bitPattern: $0.baseAddress) }
      #expect(address % (tensor.bytes.isMapped ? 4 : TensorBytes.bufferAlignment) == 0)
    }
  }

  @Test(
    "is refused with the numbers that disagree",
    arguments: [
      (
        Bytes.zeros(7),
        .truncated(part: "length of the safetensors header", needed: 8, available: 7)
      ),
      (.of(.le(UInt64(9)), "{}"), .truncated(part: "safetensors header", needed: 9, available: 2)),
      (.of(.le(UInt64(100_000_001)), "{}"), .headerTooLong(bytes: 100_000_001, limit: 100_000_000)),
      (.of(.le(UInt64.max), "{}"), .headerTooLong(bytes: .max, limit: 100_000_000)),
      (.safetensors("[]"), .invalidHeader(reason: "it is not a JSON object")),
      (.safetensors(""), .invalidHeader(reason: "it is not a JSON object")),
      (x([0, 9], count: 8), .rangeBeyondFile(name: "x", end: 9, available: 8)),
      (x([8, 0], count: 8), .invalidRange(name: "x", begin: 8, end: 0)),
      (x([-4, 4], count: 8), .invalidRange(name: "x", begin: -4, end: 4)),
      (x([0, 4], count: 8), .wrongByteCount(name: "x", expected: 8, actual: 4)),
      (
        x([0, 8], dtype: "BOOL", count: 8), .wrongByteCount(name: "x", expected: 2, actual: 8)
      ),
      (
        x([0, 1], dtype: "BOOL", shape: [.max], count: 1),
        .wrongByteCount(name: "x", expected: .max, actual: 1)
      ),
      (
        x([0, 1], dtype: "BOOL", shape: [1 << 62, 2], count: 1),
        .tooManyElements(name: "x", shape: [1 << 62, 2])
      ),
      (
        x([0], count: 8),
        .invalidHeader(
          reason: "at 'x', data_offsets has 1 numbers instead of 2")
      ),
      (x([0, 8], shape: [-2], count: 8), .negativeDimension(name: "x", dimension: -2)),
      (
        x([0, 8], shape: [1 << 62, 2], count: 8),
        .tooManyElements(name: "x", shape: [1 << 62, 2])
      ),
      // The strides of such a shape could not be computed.
      (
        x([0, 0], shape: [1 << 62, 1 << 62, 0]),
        .tooManyElements(name: "x", shape: [1 << 62, 1 << 62, 0])
      ),
      (
        x([0, 4], shape: .init(repeating: 1, count: 65), count: 4),
        .tooManyAxes(name: "x", axes: 65, limit: 64)
      ),
    ] as [(Bytes, TensorFileError)])
  func refusals(file: Bytes, problem: TensorFileError) {
    #expect(throws: problem) { try file.open(.safetensors) }
  }

  @Test("is refused if two tensors share bytes")
  func overlap() {
    let file = Bytes.safetensors(
      """
      {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
       "b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}
      """, .zeros(12))
    #expect(throws: TensorFileError.overlap(name: "b", begin: 4, other: "a", otherEnd: 8)) {
      try file.open(.safetensors)
    }
  }

  @Test(
    "is refused if its header is not what JSON or the format allow",
    arguments: [
      #"{"x":1}"#, #"{"x":{"dtype":"F32","shape":[1]}}"#, #"{"x":{"dtype":4,"shape":[]}}"#,
      #"{"x":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#,
      #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775808]}}"#,
      #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,1e999]}}"#,
      #"{"__metadata__":{"a":1}}"#, #"{"__metadata__":"a"}"#, #"{"a":{}"#, "{} {}", "{\"\u{0}",
      "{\"x\":" + String(repeating: "[", count: 100_000),
      "{\"x\":" + String(repeating: "{\"x\":", count: 100_000),
    ])
  func headers(header: String) throws {
    guard case .invalidHeader = Bytes.safetensors(header, .zeros(4)).problem(.safetensors) else {
      Issue.record("\(header.prefix(60)) is not refused")
      return
    }
  }
}

/// A file with one f32 tensor of two numbers, or of another type or shape.
private func x(
  _ offsets: [Int], dtype: String = "F32", shape: [Int] = [2], count: Int = 0
) -> Bytes {
  .safetensors(
    #"{"x":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}}"#, .zeros(count))
}
