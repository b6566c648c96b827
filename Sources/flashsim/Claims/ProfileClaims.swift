// Names as in the paper: N, d, Bc; s is the part of the blocks that is computed.

internal import FlashCore
internal import HBMSim

extension Claim {
  /// Figures 1 and 2: operations, bytes and time of GPT-2's attention on an A100.
  static let profiles: [Claim] = [
    Claim(
      id: "C10", section: "§3.2, Figure 2 left",
      statement: "FlashAttention takes more operations than standard attention (75.2 against 66.6 "
        + "GFLOPs), fewer bytes of HBM (4.4 against 40.3 GB), and less time (7.3 against 41.7 ms).",
      recorded: .conditional,
      explanation:
        "The order holds. So do the bytes, if each kernel of PyTorch reads and writes whole "
        + "matrices but for some that are left out (18Y + 12X), and if B_c = 256 and nothing is read "
        + "before it was written (33X). The GFLOPs are not those of this configuration, which are 12 "
        + "to 13 times as many.",
      command:
        "flashsim run --algorithm standard-eager --causal --dropout 0.1 --batch 64 --heads 16 "
        + "--tokens 1024 --pass both --dtype f16 --blocks 64x256 --sram unlimited --mode count "
        + "--format json",
      work: 10
    ) { laboratory in
      let profile = try PassCounts.gpt2Medium()
      let (X, Y) = (profile.X, profile.Y)
      let standardCount = try laboratory.counting(
        .standard, pass: .both, profile.shape, .blocks(profile.blocks), precision: .f16
      ).count()
      let flashCount = try laboratory.counting(
        .flash1, pass: .both, profile.shape, .blocks(profile.blocks), precision: .f16
      ).count()
      let operations = [standardCount, flashCount].map(\.operations.matmul)
      let literal = flashCount.traffic.bytes
      let (standard, flash) = (Double(operations[0]), Double(operations[1]))
      let (eager, fused) = (try profile.eager(.both, in: laboratory), try profile.fused(.both))
      let scores = 1024 * 1024 * 1024 * 64
      return [
        .equal(
          "operations of standard counted, forward and backward", operations[0], 12 * scores,
          "operations", as: "12N²d·1024"),
        .equal(
          "operations of flash1 counted, forward and backward", operations[1], 14 * scores,
          "operations", as: "14N²d·1024"),
        .equal(
          "bytes of standard-eager counted, but for scaling K, masking dS and reading the mask",
          eager.ofFigure, 18 * Y + 12 * X, "bytes", as: "18Y + 12X"),
        .printed("the same", Double(eager.ofFigure) / 1e9, as: 40.3, "GB"),
        .printed("bytes of FlashAttention in 33X", Double(fused) / 1e9, as: 4.4, "GB"),
        .atLeast(
          "times less time of flash1 than of standard, if transfers and products overlap on an A100",
          Roofline.a100.time(bytes: Double(eager.ofFigure), operations: standard)
            / Roofline.a100.time(bytes: Double(fused), operations: flash), 1),
        .printed(
          "GFLOP of standard counted, against those of the figure", standard / 1e9, as: 66.6, "",
          .generality),
        .printed(
          "GFLOP of flash1 counted, against those of the figure", flash / 1e9, as: 75.2, "",
          .generality),
        .printed(
          "bytes of standard-eager counted, all of them", Double(eager.all) / 1e9, as: 40.3, "GB",
          .generality),
        .printed(
          "bytes of flash1 counted, Algorithms 1 and 4 to the letter", Double(literal) / 1e9,
          as: 4.4, "GB", .generality),
        .figure(
          "TFLOP/s that 7.3 ms would be, of 312 that an A100 has", flash / 7.3e-3 / 1e12,
          decimals: 0),
      ]
    },
    Claim(
      id: "C11", section: "§3.2, Figure 2 middle",
      statement:
        "As B_c grows, HBM accesses fall and the forward pass takes less time, until beyond "
        + "256 other bottlenecks, such as arithmetic, take over.",
      reach: .part, recorded: .conditional,
      explanation:
        "Of an A100 with transfers and products that overlap, which are limited by HBM up "
        + "to B_c = 256 and by arithmetic from 512 on. The paper's own times are a plot without "
        + "numbers.",
      command: "flashsim sweep --algorithm flash1 --tokens 1024 --block-rows 64 --block-columns "
        + "64..1024x2 --sram unlimited", work: 5
    ) { laboratory in
      let profile = try PassCounts.gpt2Medium()
      let points = try [64, 128, 256, 512, 1024].map { Bc in
        let bytes = try laboratory.counting(
          .flash1, profile.shape, .blocks(Blocks(rows: 64, columns: Bc)), precision: .f16
        ).closedForm.total.bytes
        return (Bc: Bc, bytes: Double(bytes))
      }
      let arithmetic = Roofline.a100.compute(operations: profile.forwardOperations)
      func memory(_ index: Int) -> Double { Roofline.a100.memory(bytes: points[index].bytes) }
      return points.indices.dropFirst().map { index in
        .atMost(
          "GB at B_c = \(points[index].Bc), after \(points[index - 1].Bc)",
          points[index].bytes / 1e9,
          points[index - 1].bytes / 1e9, "GB")
      } + [
        .atLeast(
          "ms of HBM at B_c = 256, and at least those of products", 1e3 * memory(2),
          1e3 * arithmetic, "ms"),
        .atMost(
          "ms of HBM at B_c = 512, and at most those of products", 1e3 * memory(3),
          1e3 * arithmetic, "ms"),
      ]
    },
    Claim(
      id: "C12", section: "§3.3, Figure 2 right",
      statement:
        "Block-sparse FlashAttention takes less time in proportion to the part of the blocks "
        + "that is computed.",
      reach: .part, recorded: .conditional,
      explanation: "Operations are in proportion, and bytes are but for what is moved once. The "
        + "paper's own times are a plot without numbers.",
      command:
        "flashsim sweep --algorithm flash1 --pass both --tokens 4096 --density 0.125..1+0.125",
      work: 2
    ) { laboratory in
      let (N, blocks) = (4096, Blocks(rows: 64, columns: 256))
      let points = try [1, 2, 4, 8].map { part in
        let execution = try laboratory.counting(
          .flash1, pass: .both, AttentionShape(queries: N, headDim: 64), .blocks(blocks),
          precision: .f16,
          pattern: .even(
            density: 1 / Double(part), rows: N / blocks.rows, columns: N / blocks.columns)
        ).count()
        return (part: part, execution: execution)
      }
      let dense = points[0].execution
      func time(_ execution: Execution) -> Double {
        Roofline.a100.time(
          bytes: Double(execution.traffic.bytes), operations: Double(execution.operations.matmul))
      }
      return points.dropFirst().flatMap { part, execution in
        let s = 1 / Double(part)
        return [
          Evidence.equal(
            "operations counted, forward and backward, N = \(N), s = 1/\(part)",
            execution.operations.matmul, dense.operations.matmul / part, "operations",
            as: "14N²d·s"),
          .within(
            "bytes counted, over those of s = 1",
            Double(execution.traffic.bytes) / Double(dense.traffic.bytes), s...(s + 0.06),
            decimals: 3),
          .within(
            "time, if transfers and products overlap on an A100, over that of s = 1",
            time(execution) / time(dense), s...(s + 0.06), decimals: 3),
        ]
      }
    },
    Claim(
      id: "C17", section: "§1, Figure 1 right",
      statement: "FlashAttention is 7.6 times as fast as PyTorch's attention on GPT-2.",
      reach: .none, recorded: .outside,
      explanation: "The bars are not printed as numbers. Bytes and operations would allow it.",
      command: "flashsim verify C10 C17 C18"
    ) { laboratory in
      let profile = try PassCounts.gpt2Medium()
      let eager = try profile.eager(.forward, in: laboratory).ofFigure
      func time(_ bytes: Int) -> Double {
        Roofline.a100.time(bytes: Double(bytes), operations: profile.forwardOperations)
      }
      return [
        .atLeast(
          "times as fast, if transfers and products overlap on an A100, forward",
          try time(eager) / time(profile.fused(.forward)), 7.6)
      ]
    },
    Claim(
      id: "C18", section: "§1, §3.2",
      statement: "FlashAttention needs up to 9 times fewer HBM accesses than standard attention.",
      recorded: .confirmed,
      explanation: "Of the configuration of Figure 2, in the passes of C10.",
      command: "flashsim verify C10 C18"
    ) { laboratory in
      let profile = try PassCounts.gpt2Medium()
      let eager = try profile.eager(.both, in: laboratory)
      let ratio = try Double(eager.ofFigure) / Double(profile.fused(.both))
      let literal = try laboratory.counting(
        .flash1, pass: .both, profile.shape, .blocks(profile.blocks), precision: .f16
      ).count().traffic.bytes
      return [
        .printed(
          "bytes of standard-eager counted, 18Y + 12X, over 33X", ratio, as: 9, decimals: 0),
        .figure("the same, to two decimals", ratio),
        .figure("the same of the numbers that are printed, 40.3 and 4.4", 40.3 / 4.4),
        .figure(
          "all bytes of standard-eager counted over those of Algorithms 1 and 4 to the letter",
          Double(eager.all) / Double(literal)),
      ]
    },
    Claim(
      id: "C20", section: "§1, §3.2",
      statement: "HBM accesses are the main factor that determines the runtime of attention.",
      reach: .part, recorded: .conditional,
      explanation: "So it is for standard attention, whose transfers are most of its time. "
        + "FlashAttention at 64K spends a quarter of its own on HBM: it is limited by arithmetic.",
      command: "flashsim verify C20"
    ) { laboratory in
      func share(_ bytes: Int, ofMilliseconds time: Double) -> Double {
        Roofline.a100.memory(bytes: Double(bytes)) / (time / 1000)
      }
      let forward = PaperTable.number(18)
      func time(_ method: String, _ N: Int) -> Double { forward.value(method, N) ?? .nan }
      return [
        .atLeast(
          "part of standard's 41.7 ms (Figure 2 left) that 18Y + 12X, as counted, take at 1555 GB/s",
          share(
            try PassCounts.gpt2Medium().eager(.both, in: laboratory).ofFigure,
            ofMilliseconds: 41.7), 0.5),
        .atLeast(
          "part of PyTorch's time (Table 18, N = 4096) that 4Y + 4X, as counted, take",
          share(
            try PassCounts.appendix(tokens: 4096).eager(.forward, in: laboratory).ofFigure,
            ofMilliseconds: time("PyTorch Attention", 4096)), 0.5),
        .atLeast(
          "part of FlashAttention's time (Table 18, N = 65536) that (3T_c + 1)X take",
          share(
            try PassCounts.appendix(tokens: 65536).fused(.forward),
            ofMilliseconds: time("FlashAttention", 65536)), 0.5, "", .generality),
      ]
    },
  ]
}
