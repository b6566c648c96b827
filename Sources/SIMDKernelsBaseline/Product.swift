import KernelInterface
internal import VectorShims

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
  #if SIMD_AVX512 || SIMD_AVX2
    if shape.lines <= 8 && vectors % Half.vectors == 0 {
      multiplyFewLines(shape, a, b, bStride, c, cStride, scale, accumulates)
      return
    }
  #endif
  // A deep panel of 48 lanes would fill the L1 cache alone; and less of a narrow one is outside a band.
  let isNarrow = shape.depth > 96 || shape.bands != nil
  let widestPanel = isNarrow ? min(widestPanel, 2) : widestPanel
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
      depth: shape.depth, a: a, b: b, bStride: bStride, c: c, cStride: cStride, scale: scale,
      accumulates: accumulates, bands: shape.bands)
    let lane = first * Vector.lanes
    #if SIMD_AVX512
      switch width {
      case 3: tile.panel(lines: shape.lines, tall: Lines<8>(), Vectors<3>(), lane: lane)
      case 2: tile.panel(lines: shape.lines, tall: Lines<12>(), Vectors<2>(), lane: lane)
      default: tile.panel(lines: shape.lines, tall: Lines<16>(), Vectors<1>(), lane: lane)
      }
    #elseif SIMD_AVX2
      tile.panel(lines: shape.lines, tall: Lines<6>(), Vectors<2>(), lane: lane)
    #elseif arch(arm64)
      tile.panel(lines: shape.lines, tall: Lines<6>(), Vectors<4>(), lane: lane)
    #else
      tile.panel(lines: shape.lines, tall: Lines<4>(), Vectors<2>(), lane: lane)
    #endif
    first += width
  }
}

#if SIMD_AVX512 || SIMD_AVX2
  #if SIMD_AVX512
    /// 2 × 8 accumulators, 8 operands and 2 broadcasts fill 26 of 32 registers.
    private typealias Wide = Vectors<8>
    private typealias Half = Vectors<4>
  #else
    /// 2 × 4 accumulators, 4 operands and 2 broadcasts fill 14 of 16 registers.
    private typealias Wide = Vectors<4>
    private typealias Half = Vectors<2>
  #endif

  /// A product of few lines: `b` may come from memory, which is read fastest from the first element to
  /// the last. So two lines at a time, which leave registers for wide panels, go down 32 rows of `b`, and
  /// the next lines find those in the L1 cache.
  @inline(__always)
  private func multiplyFewLines(
    _ shape: ProductShape, _ a: BroadcastOperand, _ b: UnsafePointer<Float>, _ bStride: Int,
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ scale: Float, _ accumulates: Bool
  ) {
    let height = 32
    for first in stride(from: 0, to: max(shape.depth, 1), by: height) {
      let tile = RegisterTile(
        depth: min(height, shape.depth - first), a: a.dropping(terms: first),
        b: b + first * bStride, bStride: bStride, c: c, cStride: cStride, scale: scale,
        accumulates: accumulates || first > 0, bands: nil)
      for line in stride(from: 0, to: shape.lines, by: 2) {
        var lane = 0
        while lane < shape.lanes {
          let isWide = lane + (Wide.vectors - 1) * Vector.lanes < shape.lanes
          switch (shape.lines - line, isWide) {
          case (1, true): tile.compute(line, Lines<1>(), Wide(), lane: lane)
          case (1, false): tile.compute(line, Lines<1>(), Half(), lane: lane)
          case (_, true): tile.compute(line, Lines<2>(), Wide(), lane: lane)
          case (_, false): tile.compute(line, Lines<2>(), Half(), lane: lane)
          }
          lane += (isWide ? Wide.vectors : Half.vectors) * Vector.lanes
        }
      }
    }
  }
#endif

extension ProductBands {
  /// The terms of the sums of a part of the result that are not zero; none where nobody asks for it.
  @inline(__always)
  fileprivate func terms(lines: Range<Int>, lanes: Range<Int>, depth: Int) -> Range<Int> {
    let differences = lines.lowerBound - lanes.upperBound + 1..<lines.upperBound - lanes.lowerBound
    if !differences.overlaps(result) { return 0..<0 }
    let ofElements =
      lines.lowerBound - elements.upperBound + 1..<lines.upperBound - elements.lowerBound
    let ofVectors =
      lanes.lowerBound + vectors.lowerBound..<lanes.upperBound + vectors.upperBound - 1
    return (0..<depth).clamped(to: ofElements).clamped(to: ofVectors)
  }
}

extension BroadcastOperand {
  /// The same without its first terms.
  fileprivate func dropping(terms count: Int) -> BroadcastOperand {
    BroadcastOperand(
      base: base + count * depthStride, lineStride: lineStride, depthStride: depthStride)
  }
}

/// Sizes of a register tile, as types: what names them has them as constants.
private struct Lines<let count: Int> {}
private struct Vectors<let count: Int> {
  static var vectors: Int { count }
}

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
  let bands: ProductBands?

  /// All lines of a panel: tall tiles first, then what is left by fours, twos and ones.
  @inline(__always)
  func panel<let tall: Int, let width: Int>(
    lines: Int, tall _: Lines<tall>, _ vectors: Vectors<width>, lane: Int
  ) {
    var line = 0
    while line + tall <= lines {
      compute(line, Lines<tall>(), vectors, lane: lane)
      line += tall
    }
    while line + 4 <= lines {
      compute(line, Lines<4>(), vectors, lane: lane)
      line += 4
    }
    if line + 2 <= lines {
      compute(line, Lines<2>(), vectors, lane: lane)
      line += 2
    }
    if line < lines {
      compute(line, Lines<1>(), vectors, lane: lane)
    }
  }

  /// `height` lines × `width` vectors of the result, in registers throughout.
  @inline(__always)
  func compute<let height: Int, let width: Int>(
    _ line: Int, _ lines: Lines<height>, _ vectors: Vectors<width>, lane: Int
  ) {
    var terms = 0..<depth
    if let bands {
      terms = bands.terms(
        lines: line..<line + height, lanes: lane..<lane + width * Vector.lanes, depth: depth)
      if terms.isEmpty && accumulates { return }
    }
    var sums = InlineArray<height, InlineArray<width, Vector>>(
      repeating: InlineArray<width, Vector>(repeating: Vector()))
    var ak = a.base + line * a.lineStride + terms.lowerBound * a.depthStride
    var bk = b + terms.lowerBound * bStride + lane
    // The next tile's elements may be in the L3 cache, in lines of a few rows side by side, or of a column.
    var next = ak + height * a.lineStride
    let step = a.depthStride == 1 ? height : a.depthStride
    for _ in terms {
      prefetch(next)
      next += step
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
    let c = self.c + line * cStride + lane
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
