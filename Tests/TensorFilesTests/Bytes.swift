import TensorFiles

/// Bytes for tests, built from text and little-endian numbers.
struct Bytes: ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
  var array: [UInt8] = []

  init(_ array: [UInt8] = []) { self.array = array }
  init(stringLiteral text: String) { array = Array(text.utf8) }
  init(arrayLiteral elements: UInt8...) { array = elements }

  /// The bytes of an integer.
  static func le<Value: FixedWidthInteger>(_ value: Value) -> Bytes {
    Bytes(
      stride(from: 0, to: Value.bitWidth, by: 8).map {
        UInt8(truncatingIfNeeded: value >> $0)
      })
  }

  /// The bytes of binary32 numbers.
  static func floats(_ values: Float...) -> Bytes {
    values.reduce(into: Bytes()) { $0 += .le($1.bitPattern) }
  }

  static func zeros(_ count: Int) -> Bytes { Bytes([UInt8](repeating: 0, count: count)) }

  /// The parts one after the other.
  static func of(_ parts: Bytes...) -> Bytes { Bytes(parts.flatMap(\.array)) }

  static func += (left: inout Bytes, right: Bytes) { left.array += right.array }

  var count: Int { array.count }

  /// The file in memory.
  func open(_ format: TensorFile.Format) throws(TensorFileError) -> TensorFile {
    try TensorFile(tensorBytes(), format: format)
  }

  func tensorBytes() throws(TensorFileError) -> TensorBytes {
    try unsafe TensorBytes(byteCount: count) { unsafe $0.copyBytes(from: array) }
  }

  /// The error of opening the file and reading all its tensors, or nil.
  func problem(_ format: TensorFile.Format) -> TensorFileError? {
    do throws(TensorFileError) {
      let file = try open(format)
      for name in file.names {
        _ = try file.layout(named: name)
        _ = try file.tensor(named: name)
      }
      return nil
    } catch {
      return error
    }
  }

  /// A safetensors file.
  static func safetensors(_ header: String, _ data: Bytes = []) -> Bytes {
    .of(.le(UInt64(header.utf8.count)), Bytes(Array(header.utf8)), data)
  }

  /// An npy file.
  static func npy(_ literal: String, _ data: Bytes = [], version: UInt8 = 1) -> Bytes {
    let count = literal.utf8.count
    return .of(
      [0x93], "NUMPY", [version, 0], version == 1 ? .le(UInt16(count)) : .le(UInt32(count)),
      Bytes(Array(literal.utf8)), data)
  }

  /// An npy file of binary32 numbers in C order.
  static func npy(shape: String, _ data: Bytes) -> Bytes {
    npy("{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }\n", data)
  }
}

extension TensorFile.Entry {
  /// The numbers of an f32 tensor.
  var floats: [Float] { values(as: Float.self) }

  func values<Value: BitwiseCopyable>(as type: Value.Type) -> [Value] {
    bytes.withUnsafeBytes { unsafe Array($0.bindMemory(to: Value.self)) }
  }
}
