import HBMSim
import Testing
import TileKernels

@Suite("A tile operation")
struct CountingTests {
  @Test("counts the same without numbers")
  func counting() throws {
    func execution(_ machine: Machine) throws -> Execution {
      let memory = machine.makeMemory()
      let x: HBMTensor<Queries, Keys> = memory.allocate("X", matrices: 1, rows: 5, columns: 9)
      let v: HBMTensor<Queries, One> = memory.allocate("V", vectors: 1, count: 5)
      return try run(memory, on: machine, lanes: .queries, rows: 9, columns: 9) {
        (core, result: HBMBlock<Keys, Keys>) in
        core.fill(x.whole, with: 1)
        core.fill(v.whole, with: 1)
        core.fill(result, with: 1)
        var a = core.loadWidened(x.whole)
        let b = core.load(x.whole)
        let d = core.load(v.whole)
        a.softcap(at: 30)
        a.scaleBySoftcapDerivative(of: b, at: 30)
        a.addDistances(slope: 1) { $0 }
        a.keepColumns { 0..<$0 }
        a.dropColumns { 0..<$0 }
        a.addElements(of: b)
        a.keepElements(where: b)
        let dropout = Dropout(probability: 0.5, seed: 1)
        a.dropOut(dropout, batch: 0, head: 0, firstQuery: 0, firstKey: 0)
        let z = a.droppedOut(dropout, batch: 0, head: 0, firstQuery: 0, firstKey: 0)
        a.scaleElements(
          by: 2, where: b.dropoutMask(dropout, batch: 0, head: 0, firstQuery: 0, firstKey: 0))
        let g = softmaxGradient(b, z, minus: d)
        core.store(rowSumOfProducts(g, b), to: v.whole)
        var c = core.loadWidened(result)
        c.addProduct(transposed: g, b)
        core.store(c, to: result)
      }.execution
    }
    #expect(try execution(Machine(mode: .count)) == execution(Machine(mode: .execute)))
  }
}
