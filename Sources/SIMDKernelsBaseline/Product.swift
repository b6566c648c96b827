import KernelInterface

/// `c[line][lane] (+)= scale · Σₖ a[line, k] · b[k][lane]`.
///
/// The lanes are cut into panels of a few vectors. A panel of `b`, `depth` × 48 floats with AVX-512,
/// stays in the L1 cache while the lines of `a` go past it, a register tile at a time.
@Sendable
func product(
  _ shape: ProductShape, _ a: BroadcastOperand, _ b: UnsafePointer<Float>, _ bStride: Int,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ scale: Float, _ accumulates: Bool
) {
  let vectors = (shape.lanes + Vector.lanes - 1) / Vector.lanes
  #if SIMD_AVX512
    if shape.lines == 1 && vectors % 4 == 0 {
      multiplyLine(shape, a, b, bStride, c, scale, accumulates)
      return
    }
  #endif
  // A deep panel of 48 lanes would fill the L1 cache alone.
  let widestPanel = shape.depth > 96 ? min(widestPanel, 2) : widestPanel
  let panels = (vectors + widestPanel - 1) / widestPanel
  var first = 0
  for panel in 0..<panels {
    #if SIMD_AVX512
      // As even as possible: 4 vectors are 2 + 2 rather than 3 + 1.
      let width = vectors / panels + (panel < vectors % panels ? 1 : 0)
    #else
      // As wide as the only register tile, the last one into the padding.
      let width = widestPanel
    #endif
    let tile = RegisterTile(
      depth: shape.depth, a: a, b: b + first * Vector.lanes, bStride: bStride,
      c: c + first * Vector.lanes, cStride: cStride, scale: scale, accumulates: accumulates)
    #if SIMD_AVX512
      switch width {
      case 3: tile.panel(lines: shape.lines, tall: Lines<8>(), Vectors<3>())
      case 2: tile.panel(lines: shape.lines, tall: Lines<12>(), Vectors<2>())
      default: tile.panel(lines: shape.lines, tall: Lines<16>(), Vectors<1>())
      }
    #elseif SIMD_AVX2
      tile.panel(lines: shape.lines, tall: Lines<6>(), Vectors<2>())
    #elseif arch(arm64)
      tile.panel(lines: shape.lines, tall: Lines<6>(), Vectors<4>())
    #else
      tile.panel(lines: shape.lines, tall: Lines<4>(), Vectors<2>())
    #endif
    first += width
  }
}

#if SIMD_AVX512
  /// A product of one line: it has few sums, which wait for their last steps, unless they are many
  /// vectors wide.
  @inline(__always)
  private func multiplyLine(
    _ shape: ProductShape, _ a: BroadcastOperand, _ b: UnsafePointer<Float>, _ bStride: Int,
    _ c: UnsafeMutablePointer<Float>, _ scale: Float, _ accumulates: Bool
  ) {
    var lane = 0
    while lane < shape.lanes {
      let tile = RegisterTile(
        depth: shape.depth, a: a, b: b + lane, bStride: bStride, c: c + lane, cStride: 0,
        scale: scale, accumulates: accumulates)
      if lane + 7 * Vector.lanes < shape.lanes {
        tile.compute(0, Lines<1>(), Vectors<8>())
        lane += 8 * Vector.lanes
      } else {
        tile.compute(0, Lines<1>(), Vectors<4>())
        lane += 4 * Vector.lanes
      }
    }
  }
#endif

/// Sizes of a register tile, as types: what names them has them as constants.
private struct Lines<let count: Int> {}
private struct Vectors<let count: Int> {}

/// What a register tile of a product works on.
private struct RegisterTile {
  let depth: Int
  let a: BroadcastOperand
  let b: UnsafePointer<Float>
  let bStride: Int
  let c: UnsafeMutablePointer<Float>
  let cStride: Int
  let scale: Float
  let accumulates: Bool

  /// All lines of a panel: tall tiles first, then what is left by fours, twos and ones.
  @inline(__always)
  func panel<let tall: Int, let width: Int>(
    lines: Int, tall _: Lines<tall>, _ vectors: Vectors<width>
  ) {
    var line = 0
    while line + tall <= lines {
      compute(line, Lines<tall>(), vectors)
      line += tall
    }
    while line + 4 <= lines {
      compute(line, Lines<4>(), vectors)
      line += 4
    }
    if line + 2 <= lines {
      compute(line, Lines<2>(), vectors)
      line += 2
    }
    if line < lines {
      compute(line, Lines<1>(), vectors)
    }
  }

  /// `height` lines × `width` vectors of the result, in registers throughout.
  @inline(__always)
  func compute<let height: Int, let width: Int>(
    _ line: Int, _ lines: Lines<height>, _ vectors: Vectors<width>
  ) {
    var sums = InlineArray<height, InlineArray<width, Vector>>(
      repeating: InlineArray<width, Vector>(repeating: Vector()))
    var ak = a.base + line * a.lineStride
    var bk = b
    for _ in 0..<depth {
      var operand = InlineArray<width, Vector>(repeating: Vector())
      for v in 0..<width {
        operand[unchecked: v] = Vector(at: bk + v * Vector.lanes)
      }
      for l in 0..<height {
        let broadcast = Vector(repeating: ak[l * a.lineStride])
        for v in 0..<width {
          sums[unchecked: l][unchecked: v] =
            sums[unchecked: l][unchecked: v].adding(broadcast, times: operand[unchecked: v])
        }
      }
      ak += a.depthStride
      bk += bStride
    }
    // Two loops, not one with a branch inside: only then are both unrolled, and the sums stay in
    // registers from the first to the last.
    let c = self.c + line * cStride
    let factor = Vector(repeating: scale)
    if accumulates {
      for l in 0..<height {
        for v in 0..<width {
          let target = c + l * cStride + v * Vector.lanes
          Vector(at: target).adding(sums[unchecked: l][unchecked: v], times: factor)
            .store(at: target)
        }
      }
    } else {
      for l in 0..<height {
        for v in 0..<width {
          (sums[unchecked: l][unchecked: v] * factor)
            .store(at: c + l * cStride + v * Vector.lanes)
        }
      }
    }
  }
}
