extension TensorBytes {
  /// The elements of an array in Fortran order, in C order.
  ///
  /// Element `(i₀, …, iₙ₋₁)` lies at `Σ iₖ·Πⱼ₍ⱼ<ₖ₎ sⱼ` in Fortran order: the first index runs
  /// fastest. Writes are sequential, reads are strided.
  ///
  /// - Precondition: `elementSize` is 1, 2, 4 or 8, and the count of bytes is that of the shape.
  func transposedToCOrder(shape: [Int], elementSize: Int) throws(TensorFileError) -> TensorBytes {
    // With one axis longer than 1 both orders are the same.
    guard shape.count(where: { $0 != 1 }) > 1, count > 0 else { return self }
    return switch elementSize {
    case 1: try transposed(shape, of: UInt8.self)
    case 2: try transposed(shape, of: UInt16.self)
    case 4: try transposed(shape, of: UInt32.self)
    case 8: try transposed(shape, of: UInt64.self)
    default: preconditionFailure("Element size out of range")
    }
  }

  private func transposed<Bits: BitwiseCopyable>(
    _ shape: [Int], of type: Bits.Type
  ) throws(TensorFileError) -> TensorBytes {
    let size = MemoryLayout<Bits>.size
    var strides = [size]
    for dimension in shape.dropLast() { strides.append(strides[strides.count - 1] * dimension) }
    let lastAxis = shape.count - 1
    let columns = shape[lastAxis]
    let columnStride = strides[lastAxis]
    precondition(columns * columnStride == count, "Shape mismatch")

    return try unsafe TensorBytes(byteCount: count) { output in
      var index = [Int](repeating: 0, count: lastAxis)
      var source = 0
      var target = 0
      while target < output.count {
        for column in 0..<columns {
          let bits = unsafe region.loadUnaligned(
            fromByteOffset: source + column * columnStride, as: Bits.self)
          unsafe output.storeBytes(of: bits, toByteOffset: target, as: Bits.self)
          target += size
        }
        // The next index in C order, an odometer whose last wheel is the loop above.
        var axis = lastAxis - 1
        while axis >= 0 {
          index[axis] += 1
          source += strides[axis]
          guard index[axis] == shape[axis] else { break }
          source -= shape[axis] * strides[axis]
          index[axis] = 0
          axis -= 1
        }
      }
    }
  }
}
