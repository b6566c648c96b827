extension Claim {
  /// Tables 1 to 5: training, which no model of attention's IO speaks to.
  static let training: [Claim] = [
    Claim(
      id: "C21", section: "§4.1, §4.2, Tables 1 to 5",
      statement: "Training is 15 % faster than MLPerf's BERT, 3.5 and 3.0 times as fast as "
        + "HuggingFace's GPT-2 (1.7 against Megatron-LM), and 2.4 times as fast on the long-range "
        + "arena; longer contexts give better models.",
      reach: .none, recorded: .outside,
      explanation: "The printed numbers agree with each other, but for the mean of the standard "
        + "Transformer on the long-range arena, which is 59.24 and printed as 59.3.",
      command: "flashsim verify C21"
    ) { _ in
      let means = arena.map { scores in
        (scores: scores.tasks.reduce(0, +) / Double(scores.tasks.count), printed: scores.printed)
      }
      let speedups: [(what: String, slow: Double, fast: Double, printed: Double)] = [
        ("GPT-2 small over HuggingFace (Table 2)", 9.5, 2.7, 3.5),
        ("GPT-2 medium over HuggingFace (Table 2)", 21.0, 6.9, 3.0),
        ("GPT-2 small of 1K over Megatron-LM (Table 4)", 4.7, 2.7, 1.7),
        ("GPT-2 small of 2K over Megatron-LM of 1K (Table 4)", 4.7, 3.0, 1.6),
        ("GPT-2 small of 4K over Megatron-LM of 1K (Table 4)", 4.7, 3.6, 1.3),
      ]
      return [
        .printed(
          "BERT-large, times as fast (Table 1)", 20.0 / 17.4, as: 1.15, decimals: 2)
      ]
        + speedups.map { what, slow, fast, printed in
          .printed(what + ", times as fast", slow / fast, as: printed)
        } + [
          .equal(
            "methods whose mean over the tasks is within 0.1 of the printed (Table 3)",
            means.count { abs($0.scores - $0.printed) < 0.1 }, arena.count, "methods"),
          .figure(
            "greatest distance of a mean from the printed",
            means.map { abs($0.scores - $0.printed) }.reduce(0, max)),
          .printed(
            "mean gain of long documents, 512 to 16384 and 512 to 8192 (Table 5)",
            ((57.1 - 52.8) + (80.7 - 72.2)) / 2, as: 6.4, "points"),
        ]
    }
  ]

  /// Table 3: ListOps, Text, Retrieval, Image and Pathfinder, and the mean as printed.
  private static let arena: [(method: String, tasks: [Double], printed: Double)] = [
    ("Transformer", [36.0, 63.6, 81.6, 42.3, 72.7], 59.3),
    ("FlashAttention", [37.6, 63.9, 81.4, 43.5, 72.7], 59.8),
    ("Block-sparse FlashAttention", [37.0, 63.0, 81.3, 43.6, 73.3], 59.6),
    ("Linformer", [35.6, 55.9, 77.7, 37.8, 67.6], 54.9),
    ("Linear attention", [38.8, 63.2, 80.7, 42.6, 72.5], 59.6),
    ("Performer", [36.8, 63.6, 82.2, 42.1, 69.9], 58.9),
    ("Local attention", [36.1, 60.2, 76.7, 40.6, 66.6], 56.0),
    ("Reformer", [36.5, 63.8, 78.5, 39.6, 69.4], 57.6),
    ("Smyrf", [36.1, 64.1, 79.0, 39.6, 70.5], 57.9),
  ]
}
