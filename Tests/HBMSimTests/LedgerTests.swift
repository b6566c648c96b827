import HBMSim
import Testing

@Suite("A ledger")
struct LedgerTests {
  private func ledger(_ entries: [(Phase, String, Int)]) -> Ledger {
    var ledger = Ledger()
    for (phase, tensor, reads) in entries {
      ledger.add(Traffic(reads: reads, of: .f32), phase: phase, tensor: tensor)
    }
    return ledger
  }

  @Test("sums by phase and by tensor what it sums in all")
  func sums() {
    let ledger = ledger([
      (.initialize, "O", 1), (.main, "Q", 20), (.main, "O", 300), (.main, "Q", 4000),
    ])
    #expect(ledger.total.readElements == 4321)
    #expect(ledger.traffic(in: .initialize).readElements == 1)
    #expect(ledger.traffic(in: .main).readElements == 4320)
    #expect(ledger.traffic(of: "Q").readElements == 4020)
    #expect(ledger.traffic(of: "O").readElements == 301)
    #expect(ledger.phases.map { ledger.traffic(in: $0) }.reduce(.zero, +) == ledger.total)
    #expect(ledger.tensors.map { ledger.traffic(of: $0) }.reduce(.zero, +) == ledger.total)
  }

  @Test("has an entry a phase and tensor, in the order of their first addition")
  func order() {
    let ledger = ledger([
      (.main, "K", 1), (.initialize, "O", 1), (.main, "O", 1), (.main, "K", 1),
    ])
    #expect(ledger.entries.map(\.tensor) == ["K", "O", "O"])
    #expect(ledger.entries.map(\.phase) == [.main, .initialize, .main])
    #expect(ledger.phases == [.main, .initialize])
    #expect(ledger.tensors == ["K", "O"])
  }

  @Test("has no entry for nothing, and nothing for no entry")
  func nothing() {
    let empty = ledger([(.main, "Q", 0)])
    #expect(empty.entries.isEmpty)
    #expect(empty == Ledger())
    #expect(empty.total == .zero)
    #expect(empty.traffic(in: Phase("never")) == .zero)
    #expect(empty.traffic(of: "nothing") == .zero)
  }

  @Test("is equal to another that says the same in another order")
  func equality() {
    let a = ledger([(.main, "Q", 1), (.main, "K", 2), (.initialize, "Q", 3)])
    #expect(a == ledger([(.initialize, "Q", 3), (.main, "K", 2), (.main, "Q", 1)]))
    #expect(
      a == ledger([(.main, "K", 1), (.initialize, "Q", 3), (.main, "Q", 1), (.main, "K", 1)]))
    #expect(a != ledger([(.main, "Q", 1), (.main, "K", 2)]))
    #expect(a != ledger([(.main, "Q", 1), (.main, "K", 2), (.initialize, "Q", 4)]))
    #expect(a != ledger([(.main, "Q", 3), (.main, "K", 2), (.initialize, "Q", 1)]))
    #expect(a != ledger([(.main, "Q", 1), (.main, "K", 2), (.initialize, "V", 3)]))
  }

  @Test("adds entry by entry")
  func addition() {
    let a = ledger([(.main, "Q", 1), (.main, "K", 2)])
    let b = ledger([(.main, "K", 10), (.initialize, "K", 20)])
    #expect(a + b == ledger([(.main, "Q", 1), (.main, "K", 12), (.initialize, "K", 20)]))
    #expect(a + b == b + a)
    #expect((a + b).total == a.total + b.total)
    #expect(a + Ledger() == a)
  }
}
