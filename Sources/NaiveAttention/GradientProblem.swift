import Synchronization

/// The inputs of one call of `referenceGradients`.
///
/// Its work is cut into groups: a key head with the heads that attend to it. A thread computes whole
/// groups, so that each dK and dV has one writer, which adds in one order.
struct GradientProblem: Sendable {
  let shape: AttentionShape
  let scale: Double
  let query: [Float]
  let key: [Float]
  let value: [Float]
  let outputGradient: [Float]?
  let rules: ScoreRules

  /// The number of query rows that are computed at a time.
  let blockRows: Int

  /// Computes all groups on at most `threads` threads.
  func run(threads: Int) -> ReferenceGradients {
    let groups = Mutex([ReferenceGradients?](repeating: nil, count: shape.batch * shape.kvHeads))
    withBLASThreads(1) {
      share(jobs: shape.batch * shape.kvHeads, threads: threads) { jobs in
        useOneBLASThread()
        while let index = jobs.next() {
          var group = GradientGroup(index, of: self)
          group.compute()
          let result = group.result
          groups.withLock { $0[index] = result }
        }
      }
    }
    // The heads of a group follow one another, and so do those of the next.
    var all = ReferenceGradients(gradients: outputGradient != nil)
    for case let group? in groups.withLock({ $0 }) { all.append(group) }
    return all
  }
}

extension ScoreRules {
  /// The query rows of a block of gradients: its matrices of scores have at most 2·`blockElements`
  /// elements together, and none more than `blockElements`, unless one row has.
  package func gradientRows(_ shape: AttentionShape, blockElements: Int = 1 << 20) -> Int {
    let columns = max(shape.keys, shape.headDim, shape.valueDim)
    return max(1, min(shape.queries, 2 * blockElements / (gradientMatrices * columns)))
  }

  /// S and dP, and one more each for a soft cap and for dropout.
  private var gradientMatrices: Int {
    2 + (softcap == nil ? 0 : 1) + (dropout == nil ? 0 : 1)
  }
}

extension ReferenceGradients {
  /// Adds what follows in every tensor.
  fileprivate mutating func append(_ next: ReferenceGradients) {
    output += next.output
    logSumExp += next.logSumExp
    queryGradient? += next.queryGradient ?? []
    keyGradient? += next.keyGradient ?? []
    valueGradient? += next.valueGradient ?? []
  }
}
