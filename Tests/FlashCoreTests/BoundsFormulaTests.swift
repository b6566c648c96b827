import FlashCore
import HBMSim
import TestSupport
import Testing

@Suite("A lower bound")
struct BoundsFormulaTests {
  /// The bounds by argument; M in elements of four bytes.
  func bounds(
    _ shape: AttentionShape, _ pass: Pass = .forward, for algorithm: Algorithm? = nil, M: Int?
  ) -> [LowerBound.Argument: Traffic] {
    let all = LowerBound.all(
      of: shape, for: algorithm, pass: pass, sram: M.map { .elements($0) } ?? .unlimited)
    return Dictionary(uniqueKeysWithValues: all.map { ($0.argument, $0.traffic) })
  }

  @Test("of inputs and outputs has every one of them once")
  func compulsory() throws {
    let shape = try AttentionShape(
      batch: 2, heads: 6, kvHeads: 2, queries: 10, keys: 7, headDim: 5, valueDim: 3)
    let (Q, K, V, O) = (12 * 10 * 5, 4 * 7 * 5, 4 * 7 * 3, 12 * 10 * 3)
    let forward = bounds(shape, M: nil)[.compulsory]
    #expect(forward == Traffic(reads: Q + K + V, writes: O, of: .f32))
    let backward = bounds(shape, .backward, M: nil)[.compulsory]
    #expect(backward == Traffic(reads: Q + K + V + O, writes: Q + K + V, of: .f32))
    #expect(bounds(shape, .both, M: nil)[.compulsory] == forward! + backward!)
  }

  @Test("of inputs leaves out what nobody sees, and of outputs nothing")
  func unseen() throws {
    // Query i sees keys 0 to i − 6: queries 6 to 9, and keys 0 to 3.
    let shape = try AttentionShape(heads: 2, kvHeads: 1, queries: 10, keys: 4, headDim: 5)
    let plan = try AttentionPlan(
      .flash2, shape: shape, options: AttentionOptions(mask: .causal(.bottomRight)),
      on: machine(mode: .count))
    #expect(plan.visibleScores.pairs == 2 * (1 + 2 + 3 + 4))
    #expect(plan.visibleScores.queries == 2 * 4 && plan.visibleScores.keys == 4)
    #expect(
      plan.lowerBounds.map(\.traffic)
        == [Traffic(reads: 8 * 5 + 2 * 4 * 5, writes: 20 * 5, of: .f32)])
  }

  @Test("of scalar products is N²d²/M − M reads, by hand")
  func scalarProducts() throws {
    // 65,536² · 64² / 51,200 = 343,597,383.68; 4096² · 64² / 51,200 = 1,342,177.28.
    for (N, reads) in [(65_536, 343_546_184), (4096, 1_290_978)] {
      let shape = try AttentionShape(queries: N, headDim: 64)
      let bound = try #require(bounds(shape, M: 51_200)[.scalarProducts])
      #expect(bound.readElements == reads && bound.writtenElements == N * 64)
      // What Saha and Ye's own counting of trees gives.
      let published = Double(N * N * 64 * 64) / Double(51_200 + 4 * 64 * 64) - 51_200
      #expect(Double(bound.readElements) > published)
    }
    let shape = try AttentionShape(queries: 4096, headDim: 64)
    #expect(bounds(shape, M: 51_200)[.compulsory]?.elements == 1_048_576)
    // M = d²: R = 3d² reads and M make 4d² scalar products at most.
    #expect(bounds(shape, M: 4096)[.scalarProducts]?.readElements == 3 * 4096 * (4096 / 4 - 1))
  }

  @Test("of multiplications is 2N²d/√M − 2M − N² reads, by hand")
  func multiplications() throws {
    let N = 4096
    let shape = try AttentionShape(queries: N, headDim: 64)
    // 2 · 64/√1024 = 4.
    #expect(bounds(shape, M: 1024)[.multiplications]?.readElements == 3 * N * N - 2048)
    // 2 · 64/√16,384 = 1.
    #expect(bounds(shape, M: 16_384)[.multiplications]?.readElements == 0)
  }

  @Test("of a backward pass has dP, and S where it is formed once more")
  func backward() throws {
    let shape = try AttentionShape(queries: 4096, headDim: 64, valueDim: 32)
    // M is 2 · 64² and 8 · 32²: N²·64²/M = N²/2, and N²·32²/M = N²/8.
    let (M, NN) = (8192, 4096 * 4096)
    func reads(_ algorithm: Algorithm?, _ pass: Pass) -> Int? {
      bounds(shape, pass, for: algorithm, M: M)[.scalarProducts]?.readElements
    }
    #expect(reads(nil, .backward) == NN / 8 - M)
    #expect(reads(.standard, .backward) == NN / 8 - M)
    #expect(reads(.flash1, .backward) == NN / 8 + NN / 2 - M)
    #expect(reads(.flash2, .both) == NN / 8 + NN / 2 - M + NN / 2 - M)
  }

  @Test("of standard attention is 4Nd + 4N² and 8Nd + 7N², and more where M is small")
  func kernels() throws {
    let (N, d) = (1024, 64)
    let shape = try AttentionShape(queries: N, headDim: d)
    func elements(_ pass: Pass, M: Int?) -> Int? {
      bounds(shape, pass, for: .standard, M: M)[.kernels]?.elements
    }
    #expect(elements(.forward, M: nil) == 4 * N * d + 4 * N * N)
    #expect(elements(.backward, M: nil) == 8 * N * d + 7 * N * N)
    // With M = 256, a product of 64·N² terms reads and writes 8N² − 2M.
    #expect(elements(.forward, M: 256) == 2 * (8 * N * N - 512) + 2 * N * N)
    #expect(elements(.backward, M: 256) == 4 * (8 * N * N - 512) + 3 * N * N)
    #expect(bounds(shape, for: .flash2, M: 256)[.kernels] == nil)
  }

  @Test("of halves has twice the elements in SRAM and half the bytes")
  func precisions() throws {
    let shape = try AttentionShape(queries: 512, headDim: 32)
    func all(_ precision: Precision, _ bytes: Int) -> [LowerBound] {
      LowerBound.all(of: shape, pass: .both, precision: precision, sram: .bytes(bytes))
    }
    for (half, single) in zip(all(.f16, 4096), all(.f32, 8192)) {
      #expect(half.elements == single.elements && 2 * half.bytes == single.bytes)
    }
    #expect(all(Precision(.f16, accumulatorType: .f32), 4096) == all(.f16, 4096))
    #expect(all(Precision(.f32, accumulatorType: .bf16), 4096) == all(.f16, 4096))
  }

  @Test("falls as SRAM grows, and with no limit only the compulsory is left")
  func monotone() throws {
    for (N, d, dv) in [(2048, 64, 64), (2048, 16, 128), (100, 64, 8), (9, 3, 2)] {
      let shape = try AttentionShape(heads: 2, queries: N, headDim: d, valueDim: dv)
      for algorithm in Algorithm.allCases {
        for pass in Pass.allCases {
          var last = bounds(shape, pass, for: algorithm, M: 1)
          var M = 1
          while M < 10_000_000 {
            M += 1 + M / 7
            let next = bounds(shape, pass, for: algorithm, M: M)
            for (argument, traffic) in next {
              #expect(traffic.readElements <= last[argument]!.readElements)
              #expect(traffic.writtenElements == last[argument]!.writtenElements)
            }
            last = next
          }
          #expect(last[.multiplications]?.readElements == 0)
          #expect(last[.compulsory] == bounds(shape, pass, for: algorithm, M: nil)[.compulsory])
          #expect(bounds(shape, pass, for: algorithm, M: nil)[.scalarProducts] == nil)
        }
      }
    }
  }

  @Test("of the largest problem is one that an Int counts", arguments: [1, 64, 1 << 20])
  func largest(d: Int) throws {
    let shape = try AttentionShape(
      queries: 1 << 20, keys: Int.max / (1 << 20) / d / 128, headDim: d)
    for algorithm in [nil] + Algorithm.allCases {
      for sram in [Capacity.bytes(0), .bytes(1), .kibibytes(192), .bytes(.max), .unlimited] {
        let bounds = LowerBound.all(
          of: shape, for: algorithm, pass: .both, precision: .f16, sram: sram)
        #expect(bounds.allSatisfy { $0.bytes > 0 })
      }
    }
  }

  @Test("says where it is from")
  func sources() {
    for argument in LowerBound.Argument.allCases {
      #expect(argument.source.contains("arXiv") && argument.range.contains("M"))
    }
    #expect(Set(LowerBound.Argument.allCases.map(\.name)).count == 4)
  }
}
