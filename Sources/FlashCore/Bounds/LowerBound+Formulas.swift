// Names as in docs/theory.md: M, Z, R.

public import HBMSim

extension LowerBound {
  /// The bounds that hold for a problem, on a machine whose cores have this SRAM.
  ///
  /// - Parameters:
  ///   - shape: The sizes.
  ///   - algorithm: What computes it; where nil, the bounds hold for all programs.
  ///   - pass: The direction. Where it is both, each begins with nothing in SRAM.
  ///   - visible: How much of S is visible; all of it, unless told otherwise.
  ///   - precision: How matrices lie in HBM.
  ///   - sram: What a core has.
  public static func all(
    of shape: AttentionShape, for algorithm: Algorithm? = nil, pass: Pass = .forward,
    visible: VisibleScores? = nil, precision: Precision = .f32, sram: Capacity
  ) -> [LowerBound] {
    let passes = [Pass.forward, .backward].filter { pass == .both || pass == $0 }
    let demands = passes.map {
      Demand($0, of: algorithm, shape, visible ?? VisibleScores(allOf: shape))
    }
    let writes = demands.reduce(0) { $0 + $1.writes }
    // SRAM holds no more elements, and transfers have no fewer bytes, than if all were the smallest.
    let type = precision.smallestType
    func bound(_ argument: Argument, reads: Int, writes: Int) -> LowerBound {
      LowerBound(argument: argument, traffic: Traffic(reads: reads, writes: writes, of: type))
    }
    let M = sram.byteCount.map { Double(max(1, $0 / type.size)) }
    var bounds = [
      bound(.compulsory, reads: demands.reduce(0) { $0 + $1.reads }, writes: writes)
    ]
    if let M {
      bounds += [
        bound(
          .scalarProducts,
          reads: demands.reduce(0) { $0 + readsOfScalarProducts($1.products, M) }, writes: writes),
        bound(
          .multiplications,
          reads: demands.reduce(0) { $0 + readsOfMultiplications($1.products, M) },
          writes: writes),
      ]
    }
    if algorithm == .standard || algorithm == .standardEager {
      let kernels = passes.flatMap { Kernel.standard($0, shape) }
      bounds.append(
        bound(
          .kernels, reads: kernels.reduce(0) { $0 + $1.reads(M) },
          writes: kernels.reduce(0) { $0 + $1.writes }))
    }
    return bounds
  }

  /// R(Σ Z/T − 1), for the best of a few R: from SRAM's M elements and R reads, B in all, come no
  /// more than T = max(B, (B/2d)²) scalar products of d terms.
  private static func readsOfScalarProducts(_ products: [ScalarProducts], _ M: Double) -> Int {
    let lengths = [M] + products.map { 4 * $0.width * $0.width - M }
    return lengths.filter { $0 > 0 }.map { R in
      let B = M + R
      let segments = products.reduce(0) {
        $0 + $1.count / max(B, (B / (2 * $1.width)) * (B / (2 * $1.width)))
      }
      return leastInteger(R * (segments.roundedBelow - 1))
    }.reduce(0, max)
  }

  /// 2·Σ Zd/√M − 2M − Σ Z.
  private static func readsOfMultiplications(_ products: [ScalarProducts], _ M: Double) -> Int {
    readsOfMultiplications(
      products.reduce(0) { $0 + $1.count * $1.width }, sums: products.reduce(0) { $0 + $1.count },
      M)
  }

  /// What is read for so many multiplications, that are added up in so many sums.
  static func readsOfMultiplications(_ count: Double, sums: Double, _ M: Double) -> Int {
    leastInteger((2 * count / M.squareRoot()).roundedBelow - 2 * M - sums)
  }

  /// The least number of elements that is not below a bound.
  private static func leastInteger(_ bound: Double) -> Int { Int(max(0, bound).rounded(.up)) }
}

/// Scalar products of pairs of rows.
private struct ScalarProducts {
  /// How many, Z.
  let count: Double
  /// Their terms, d.
  let width: Double

  init(_ count: Int, width: Int) {
    self.count = Double(count)
    self.width = Double(width)
  }
}

/// What a pass must read, write and form.
private struct Demand {
  let reads: Int
  let writes: Int
  let products: [ScalarProducts]

  init(
    _ pass: Pass, of algorithm: Algorithm?, _ shape: AttentionShape, _ visible: VisibleScores
  ) {
    let (d, dv) = (shape.headDim, shape.valueDim)
    let keysAndValues = visible.keys * (d + dv)
    let scores = ScalarProducts(visible.pairs, width: d)
    if pass == .forward {
      // Q, K, V; O; S = QKᵀ.
      reads = visible.queries * d + keysAndValues
      writes = shape.matrices * shape.queries * dv
      products = [scores]
    } else {
      // Q, dO, K, V; dQ, dK, dV; dP = dOVᵀ, and S = QKᵀ where P was not kept.
      reads = visible.queries * (d + dv) + keysAndValues
      writes = shape.matrices * shape.queries * d + shape.kvMatrices * shape.keys * (d + dv)
      let gradients = ScalarProducts(visible.pairs, width: dv)
      products = algorithm?.programs.recomputesScores == true ? [gradients, scores] : [gradients]
    }
  }
}

extension Precision {
  /// The smallest elements in use; those of statistics are as large as any.
  fileprivate var smallestType: ElementType {
    accumulatorType.size < elementType.size ? accumulatorType : elementType
  }
}

extension Double {
  /// Less by more than the roundings of a few operations.
  fileprivate var roundedBelow: Double { self * (1 - 0x1p-48) }
}
