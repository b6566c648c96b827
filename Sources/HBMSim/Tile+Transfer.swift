internal import KernelInterface

// How the elements of a block come into a tile's memory and go back: as floats, and turned where lines
// of the tile are columns.

extension Tile {
  /// Takes the elements of a block, and pads its lines with zeros.
  func fill(from source: HBMElements) {
    guard let base else { return }
    let kernels = state.pointee.kernels
    if !isColumnMajor || source.stride == 1 {
      for line in 0..<lines {
        kernels.widen(source.row(line), of: source.type, count: lanes, to: base + line * stride)
      }
    } else if let floats = source.floats {
      kernels.pointee.transpose(floats, rows, columns, source.stride, base, stride)
    } else {
      forEachStrip { first, count, strip, stripStride in
        for row in 0..<count {
          kernels.widen(
            source.row(first + row), of: source.type, count: columns, to: strip + row * stripStride)
        }
        kernels.pointee.transpose(strip, count, columns, stripStride, base + first, stride)
      }
    }
    let padding = stride - lanes
    if padding > 0 {
      for line in 0..<lines {
        (base + line * stride + lanes).update(repeating: 0, count: padding)
      }
    }
  }

  /// Gives the elements to a block.
  func copy(to target: HBMElements) {
    guard let base else { return }
    let kernels = state.pointee.kernels
    if !isColumnMajor || target.stride == 1 {
      for line in 0..<lines {
        kernels.narrow(base + line * stride, count: lanes, to: target.row(line), of: target.type)
      }
    } else if let floats = target.floats {
      kernels.pointee.transpose(base, columns, rows, stride, floats, target.stride)
    } else {
      forEachStrip { first, count, strip, stripStride in
        kernels.pointee.transpose(base + first, columns, count, stride, strip, stripStride)
        for row in 0..<count {
          kernels.narrow(
            strip + row * stripStride, count: columns, to: target.row(first + row), of: target.type)
        }
      }
    }
  }

  /// Calls `body` with memory for a few rows at a time, whose elements it turns before or after they
  /// change their type: few enough to stay in the L1 cache.
  private func forEachStrip(
    _ body: (_ first: Int, _ count: Int, _ strip: UnsafeMutablePointer<Float>, _ stride: Int) ->
      Void
  ) {
    let height = Kernels.padding
    let stripStride = paddedStride(lanes: columns)
    let strip = state.pointee.takeMemory(height * stripStride)
    for first in Swift.stride(from: 0, to: rows, by: height) {
      body(first, min(height, rows - first), strip, stripStride)
    }
    state.pointee.giveMemory(strip, height * stripStride)
  }
}
