@_spi(Host) internal import HBMSim
internal import TensorFiles

extension HostBuffer {
  /// The elements of a tensor in a file: mapped, but for f64, which become f32.
  convenience init(_ entry: TensorFile.Entry) {
    let bytes = entry.bytes.region
    switch entry.element {
    case .f32: self.init(borrowing: bytes, of: .f32, owner: entry.bytes)
    case .f16: self.init(borrowing: bytes, of: .f16, owner: entry.bytes)
    case .bf16: self.init(borrowing: bytes, of: .bf16, owner: entry.bytes)
    case .bool: self.init(borrowing: bytes, of: .bool, owner: entry.bytes)
    case .f64:
      let source = bytes.bindMemory(to: Double.self)
      self.init(zeros: source.count)
      withMutableElements { elements in
        for i in elements.indices { elements[i] = Float(source[i]) }
      }
    }
  }

  /// How many elements are NaN, and how many infinite.
  var specialValues: (nan: Int, infinite: Int) {
    var result = (nan: 0, infinite: 0)
    let part = 1 << 16
    for first in stride(from: 0, to: count, by: part) {
      withFloats(in: first..<min(first + part, count)) { floats in
        for i in floats.indices where !floats[i].isFinite {
          if floats[i].isNaN { result.nan += 1 } else { result.infinite += 1 }
        }
      }
    }
    return result
  }
}
