internal import FlashCore

extension Claim {
  /// Figure 3 left and the times of appendix E.6, by the paper's own tables.
  static let runtimes: [Claim] = [
    Claim(
      id: "C13", section: "§4.3, Figure 3 left",
      statement:
        "FlashAttention is up to 3 times as fast as PyTorch's attention for lengths from 128 "
        + "to 2048, forward and backward.",
      recorded: .conditional,
      explanation: "With a padding mask, for which PyTorch reads and writes S once more (Tables 11 "
        + "and 14). Without (Tables 17 and 20) it is 1.6 to 2.3 times as fast.",
      command: "flashsim verify C13"
    ) { _ in
      func speedups(_ table: Int) -> [Double] {
        PaperTable.lengths.filter { $0 <= 2048 }.map { N in
          PaperTable.number(table).ratio("PyTorch Attention", "FlashAttention", N)
        }
      }
      let greatest = Tables.both.map { number, conditions in
        Evidence.atLeast(
          "greatest speed-up in Table \(number), \(conditions)", speedups(number).reduce(0, max), 3,
          "", number <= 14 ? .claim : .generality)
      }
      return greatest + [
        .atLeast(
          "least speed-up in these four tables",
          Tables.both.flatMap { speedups($0.number) }.reduce(.infinity, min), 1)
      ]
    },
    Claim(
      id: "C15", section: "§4.3, Figure 3 left",
      statement:
        "Approximate attention, linear in N, overtakes FlashAttention between 512 and 1024.",
      recorded: .confirmed,
      explanation: "Linformer is the first to, in all four tables.",
      command: "flashsim verify C15"
    ) { _ in
      Tables.both.flatMap { number, conditions in
        let table = PaperTable.number(number)
        func lead(_ N: Int) -> Double {
          Tables.approximate.map { table.ratio($0, "FlashAttention", N) }.reduce(.infinity, min)
        }
        // Figure 3 is Table 11.
        let bearing: Evidence.Bearing = number == 11 ? .claim : .generality
        return [
          Evidence.atLeast(
            "time of the fastest approximate method over FlashAttention's, Table \(number), "
              + "\(conditions), N = 128 to 512: least",
            [128, 256, 512].map(lead).reduce(.infinity, min), 1, "", bearing),
          .atMost("the same at N = 1024", lead(1024), 1, "", bearing),
        ]
      }
    },
    Claim(
      id: "C16", section: "§4.3",
      statement: "Block-sparse FlashAttention is faster than all exact, sparse and approximate "
        + "attention there was, at all lengths.",
      recorded: .notConfirmed,
      explanation:
        "Contradicted by the tables without a mask. With one it was timed without masking "
        + "(E.6), and dense FlashAttention, which does not count here, is 0.01 to 0.03 ms faster "
        + "at the shortest lengths.",
      command: "flashsim verify C16"
    ) { _ in
      Tables.times.map { number, conditions in
        let table = PaperTable.number(number)
        let others = table.methods.filter { !$0.hasSuffix("FlashAttention") }
        let slower = PaperTable.lengths.filter { N in
          others.contains { table.ratio($0, "Block-Sparse FlashAttention", N) < 1 }
        }
        return .equal(
          "lengths of Table \(number), \(conditions), at which another is faster"
            + (slower.isEmpty ? "" : ": " + slower.map(String.init).joined(separator: ", ")),
          slower.count, 0, "lengths")
      }
    },
  ]
}

/// The paper's tables of times.
private enum Tables {
  private static let conditions = ["dropout and mask", "mask", "dropout", "neither"]

  /// Tables 9 to 20: forward, backward and both, for each of four conditions.
  static let times: [(number: Int, conditions: String)] = (9...20).map { number in
    (
      number,
      ["forward", "backward", "both"][(number - 9) % 3] + " with " + conditions[(number - 9) / 3]
    )
  }

  /// Tables 11, 14, 17 and 20: forward and backward together.
  static let both: [(number: Int, conditions: String)] = conditions.indices.map {
    (11 + 3 * $0, conditions[$0])
  }

  /// Methods that compute something else than softmax(QKᵀ)V, at the cost of a part of the scores.
  static let approximate = [
    "Reformer", "Local Attention", "Linformer", "Smyrf", "LSformer",
  ]
}

extension PaperTable {
  /// What a method has, over what another has; not a number where one has none, which compares as
  /// false.
  fileprivate func ratio(_ method: String, _ other: String, _ length: Int) -> Double {
    guard let value = value(method, length), let divisor = self.value(other, length) else {
      return .nan
    }
    return value / divisor
  }
}
