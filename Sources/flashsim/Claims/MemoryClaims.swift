// X is an N×d matrix of every head in f16, Y an N×N one, in MiB.

internal import FlashCore
internal import HBMSim

extension Claim {
  /// Figure 3 right and Table 21: memory.
  static let memory: [Claim] = [
    Claim(
      id: "C14", section: "§4.3, Figure 3 right, Table 21",
      statement:
        "FlashAttention's memory grows linearly with N, and is up to 20 times less than that "
        + "of exact attention and 2 times less than Linformer's.",
      recorded: .confirmed,
      explanation: "Table 21 is in closed form: PyTorch's 4Y + 10X, which standard-eager allocates "
        + "here as well, FlashAttention's 11X and two f32 vectors, and from N = 512 "
        + "on 2X more, an f32 matrix of O(Nd) that it adds up in.",
      command: "flashsim run --algorithm standard-eager,flash1 --batch 16 --heads 8 --tokens 4096 "
        + "--pass both --dtype f16 --accumulator f32 --sram unlimited --mode count --format json"
    ) { laboratory in
      let table = PaperTable.number(21)
      func agreeing(_ method: String, _ memory: (Int) -> Double) -> Evidence {
        let lengths = PaperTable.lengths.filter { table.value(method, $0) != nil }
        return .equal(
          "lengths at which \(method)'s memory is the closed form",
          lengths.count {
            memory($0).rounded(.toNearestOrEven) == table.value(method, $0)
          }, lengths.count, "lengths")
      }
      func ratio(_ method: String, _ N: Int) -> Double {
        (table.value(method, N) ?? .nan) / (table.value("FlashAttention", N) ?? .nan)
      }
      let growth =
        (table.value("FlashAttention", 65536) ?? .nan)
        / (table.value("FlashAttention", 1024) ?? .nan)
      return [
        agreeing("PyTorch Attention") { 4 * $0.Y + 10 * $0.X },
        .equal(
          "lengths at which it is what standard-eager allocates here",
          try [128, 256, 512, 1024, 2048, 4096].count { N in
            let allocated = try mebibytes(.standardEager, N, in: laboratory)
            return allocated.rounded(.toNearestOrEven) == table.value("PyTorch Attention", N)
          }, 6, "lengths"),
        agreeing("FlashAttention") { ($0 > 256 ? 13 : 11) * $0.X + 2 * $0.vector },
        .within(
          "times the memory from N = 1024 to 65536, which are 64 times as many", growth, 63.5...64.5
        ),
        .within(
          "the same of what flash1 allocates here, f16 added up in f32",
          try mebibytes(.flash1, 65536, in: laboratory) / mebibytes(.flash1, 1024, in: laboratory),
          63.5...64.5),
        .atLeast(
          "PyTorch's memory over FlashAttention's, N = 4096", ratio("PyTorch Attention", 4096), 20),
        .printed(
          "Linformer's memory over FlashAttention's, N = 65536", ratio("Linformer", 65536), as: 2,
          decimals: 0),
      ]
    },
    Claim(
      id: "C19", section: "§4.3, Table 21",
      statement: "All methods but FlashAttention and Linformer run out of memory before N = 65536.",
      recorded: .conditional,
      explanation:
        "None but Linformer was run there. But Longformer and BigBird, and OpenAI's block-"
        + "sparse kernel, stop at 8192 and 4096 because their programs do (E.6): in proportion to N "
        + "they would need 21 to 38 GiB of 40.",
      command: "flashsim verify C19"
    ) { _ in
      let table = PaperTable.number(21)
      let others = table.methods.filter { !$0.hasSuffix("FlashAttention") && $0 != "Linformer" }
      let needs = others.compactMap { method -> (method: String, mebibytes: Double)? in
        guard let last = PaperTable.lengths.last(where: { table.value(method, $0) != nil }),
          let memory = table.value(method, last)
        else { return nil }
        return (method, memory * Double(65536 / last))
      }
      let fitting = needs.filter { $0.mebibytes <= 40 * 1024 }
      return [
        .equal(
          "other methods than FlashAttention and Linformer that have a number at N = 65536",
          others.count { table.value($0, 65536) != nil }, 0, "methods"),
        .truth("Linformer has one", table.value("Linformer", 65536) != nil),
        .equal(
          "methods that would fit into 40 GiB, if memory grew from the last length printed in "
            + "proportion to N: " + fitting.map(\.method).joined(separator: ", "),
          fitting.count, 0, "methods", .generality),
      ]
    },
    Claim(
      id: "C22", section: "§B.5",
      statement: "Rabe and Staats keep a copy of the output for each of K blocks of keys, "
        + "FlashAttention one.",
      recorded: .confirmed,
      explanation:
        "Counted of split-kv, which puts K partial outputs together at the end as they do, "
        + "and of flash1 and flash2, which add up in one.",
      command:
        "flashsim run --algorithm flash1,flash2,split-kv --splits 2,4,8 --tokens 4096 --mode "
        + "count --format json"
    ) { laboratory in
      let (N, d) = (4096, 64)
      let shape = try AttentionShape(queries: N, headDim: d)
      let blocks = Tiling.blocks(Blocks(rows: 64, columns: 64))
      let copies = try [2, 4, 8].map { K in
        let plan = try laboratory.counting(.splitKV, shape, blocks, splits: K)
        return Evidence.equal(
          "elements that split-kv allocates beside Q, K, V and O, N = \(N), d = \(d), K = \(K)",
          try plan.intermediateElements(), K * N * (d + 1) + N, as: "K·N(d + 1) + N")
      }
      return copies + [
        .equal(
          "the same of flash1",
          try laboratory.counting(.flash1, shape, blocks).intermediateElements(), 2 * N, as: "2N"),
        .equal(
          "the same of flash2",
          try laboratory.counting(.flash2, shape, blocks).intermediateElements(), N, as: "N"),
      ]
    },
  ]
}

/// MiB that an algorithm allocates forward and backward in the configuration of appendix E.6.
private func mebibytes(
  _ algorithm: Algorithm, _ N: Int, in laboratory: Laboratory
) throws -> Double {
  let shape = try PassCounts.appendix(tokens: N).shape
  let plan = try laboratory.counting(
    algorithm, pass: .both, shape, .blocks(Blocks(rows: N, columns: N)),
    precision: Precision(.f16, accumulatorType: .f32))
  return Double(try plan.allocatedBytes()) / 0x1p20
}

extension Int {
  /// X of appendix E.6 at this length: 128 heads of d = 64.
  fileprivate var X: Double { Double(self * 128 * 64 * 2) / 0x1p20 }
  /// Y at this length.
  fileprivate var Y: Double { Double(self * self * 128 * 2) / 0x1p20 }
  /// A number in f32 for each query of every head.
  fileprivate var vector: Double { Double(self * 128 * 4) / 0x1p20 }
}
