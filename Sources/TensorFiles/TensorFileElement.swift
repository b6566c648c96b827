/// The types of element that a tensor read from or written to a file may hold: numbers and truth
/// values.
///
/// Elements lie in memory as in the file: little-endian, in C order.
public enum TensorFileElement: String, CaseIterable, Sendable {
  /// IEEE 754 binary32: `F32` in safetensors, `<f4` in npy.
  case f32

  /// IEEE 754 binary16: `F16` in safetensors, `<f2` in npy.
  case f16

  /// The upper half of a binary32: `BF16` in safetensors, absent from npy.
  case bf16

  /// IEEE 754 binary64: `F64` in safetensors, `<f8` in npy.
  case f64

  /// A byte that is false if it is 0, and true otherwise: `BOOL` in safetensors, `|b1` in npy.
  ///
  /// Writers give 0 and 1. Another byte is true, as numpy takes it; it is neither refused nor
  /// changed, so compare with 0 and not with 1.
  case bool

  /// The size and the alignment of an element, in bytes.
  public var byteCount: Int {
    switch self {
    case .bool: 1
    case .f16, .bf16: 2
    case .f32: 4
    case .f64: 8
    }
  }
}

extension TensorFileElement: CustomStringConvertible {
  /// The element's short name, such as "bf16".
  public var description: String { rawValue }
}

extension TensorFileElement {
  /// The element that a safetensors header calls `dtype`, or nil if it is not a type read here.
  init?(safetensors dtype: String) {
    guard let element = Self.allCases.first(where: { $0.safetensorsName == dtype }) else {
      return nil
    }
    self = element
  }

  /// The element's name in a safetensors header.
  var safetensorsName: String { rawValue.uppercased() }

  /// The element that an npy header calls `descr`, or nil if it is not a type read here.
  init?(npy descr: String) {
    guard let element = Self.allCases.first(where: { $0.npyName == descr }) else { return nil }
    self = element
  }

  /// The element's name in an npy header, or nil if npy has none.
  var npyName: String? {
    switch self {
    case .f16: "<f2"
    case .f32: "<f4"
    case .f64: "<f8"
    case .bool: "|b1"
    case .bf16: nil
    }
  }
}
