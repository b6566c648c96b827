import FlashCore
import HBMSim
import TestSupport
import Testing

@Suite("The authors' tiles")
struct PublishedTilesTests {
  @Test("are there for the head dimensions that kernels are built for")
  func tiles() {
    #expect(Blocks.published(for: .flash2, pass: .forward, headDim: 64)?.description == "128x128")
    #expect(Blocks.published(for: .flash2, pass: .forward, headDim: 65)?.description == "128x64")
    #expect(
      Blocks.published(for: .flash2, pass: .forward, headDim: 128, hasDropout: true)?.description
        == "128x32")
    #expect(Blocks.published(for: .flash2, pass: .backward, headDim: 128)?.description == "64x128")
    #expect(Blocks.published(for: .flash1, pass: .forward, headDim: 64)?.description == "16x256")
    #expect(Blocks.published(for: .flash1, pass: .backward, headDim: 128)?.description == "16x128")
    #expect(Blocks.published(for: .flash2, pass: .forward, headDim: 257) == nil)
    #expect(Blocks.published(for: .standard, pass: .forward, headDim: 64) == nil)
  }

  @Test("of forward passes in half precision fit an A100, but for accumulators in registers")
  func footprints() throws {
    let a100 = try #require(Device.all.first { $0.name == "A100" })
    for headDim in [32, 64, 96, 128] {
      let blocks = try #require(
        Blocks.published(for: .flash2, pass: .forward, headDim: headDim))
      let plan = try AttentionPlan(
        .flash2, shape: AttentionShape(queries: 4096, headDim: headDim), precision: .f16,
        tiling: .blocks(blocks), on: machine(mode: .count))
      // S and O are in registers there: 256 KiB a core.
      let registers = plan.budget.shares.filter { ["S", "O", "vectors"].contains($0.name) }
      #expect(plan.footprint - registers.reduce(0) { $0 + $1.bytes } <= a100.sram)
    }
  }

  @Test("have budgets whose sum is the footprint", arguments: Algorithm.allCases, Pass.allCases)
  func budgets(algorithm: Algorithm, pass: Pass) throws {
    let plan = try AttentionPlan(
      algorithm, pass: pass, shape: AttentionShape(queries: 100, headDim: 24), precision: .bf16,
      tiling: .blocks(32, 16), on: machine(mode: .count))
    #expect(plan.budget.total == plan.footprint)
    #expect(plan.budget.shares.allSatisfy { $0.bytes > 0 })
    #expect(plan.budgets.map(\.total).max() == plan.footprint)
    #expect(plan.budgets.map(\.kernel).contains(plan.budget.kernel))
  }
}
