import TestSupport

/// Rows of choices, one a factor, in which every combination of choices of any three factors occurs.
struct CoveringArray {
  private(set) var rows: [[Int]] = []

  /// Makes rows greedily: each is the best of some random ones that contain a combination which no row
  /// has yet.
  ///
  /// - Parameters:
  ///   - sizes: How many choices each factor has.
  ///   - generator: Where chance comes from.
  init(sizes: [Int], using generator: inout SeededGenerator) {
    var triples: [Triple] = []
    var count = 0
    for a in sizes.indices {
      for b in sizes.indices where b > a {
        for c in sizes.indices where c > b {
          triples.append(
            Triple(factors: (a, b, c), strides: (sizes[b] * sizes[c], sizes[c]), first: count))
          count += sizes[a] * sizes[b] * sizes[c]
        }
      }
    }
    var isMissing = [Bool](repeating: true, count: count)
    var places: [(Triple, Int)] = []
    for triple in triples {
      let (a, b, c) = triple.factors
      for choice in 0..<sizes[a] * sizes[b] * sizes[c] { places.append((triple, choice)) }
    }
    for (triple, choice) in places where isMissing[triple.first + choice] {
      var best: [Int] = []
      var bestGain = 0
      for _ in 0..<20 {
        var row = sizes.map { Int.random(in: 0..<$0, using: &generator) }
        triple.set(choice, in: &row)
        let gain = triples.count { isMissing[$0.index(of: row)] }
        if gain > bestGain { (best, bestGain) = (row, gain) }
      }
      for triple in triples { isMissing[triple.index(of: best)] = false }
      rows.append(best)
    }
  }

  /// Three factors, whose combinations are numbered from `first`.
  private struct Triple {
    let factors: (Int, Int, Int)
    let strides: (Int, Int)
    let first: Int

    func index(of row: [Int]) -> Int {
      first + row[factors.0] * strides.0 + row[factors.1] * strides.1 + row[factors.2]
    }

    func set(_ choice: Int, in row: inout [Int]) {
      row[factors.0] = choice / strides.0
      row[factors.1] = choice % strides.0 / strides.1
      row[factors.2] = choice % strides.1
    }
  }
}
