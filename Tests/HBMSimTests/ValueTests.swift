import HBMSim
import Testing

@Suite("Capacity")
struct CapacityTests {
  @Test("is in bytes, whatever it is given in")
  func bytes() {
    #expect(Capacity.bytes(100).byteCount == 100)
    #expect(Capacity.kibibytes(192).byteCount == 196_608)
    #expect(Capacity.elements(25_600).byteCount == 102_400)
    #expect(Capacity.elements(256) == .kibibytes(1))
    #expect(Capacity.unlimited.byteCount == nil)
  }
}

@Suite("Traffic")
struct TrafficTests {
  private let a = Traffic(readElements: 1, writtenElements: 2, readBytes: 30, writtenBytes: 40)
  private let b = Traffic(readElements: 5, writtenElements: 6, readBytes: 70, writtenBytes: 80)

  @Test("has an element's size in bytes", arguments: ElementType.allCases)
  func elementType(type: ElementType) {
    let traffic = Traffic(reads: 3, writes: 5, of: type)
    #expect(traffic.readElements == 3)
    #expect(traffic.writtenElements == 5)
    #expect(traffic.readBytes == 3 * type.size)
    #expect(traffic.writtenBytes == 5 * type.size)
    #expect(traffic.elements == 8)
    #expect(traffic.bytes == 8 * type.size)
  }

  @Test("adds, subtracts and multiplies counter by counter")
  func arithmetic() {
    let sum = Traffic(readElements: 6, writtenElements: 8, readBytes: 100, writtenBytes: 120)
    #expect(a + b == sum)
    #expect(sum - b == a)
    #expect(a * 3 == a + a + a)
    #expect(a * 0 == .zero)
    #expect([a, b].reduce(.zero, +) == sum)
  }
}

@Suite("Operations")
struct OperationsTests {
  @Test("add kind by kind")
  func sum() {
    let sum = Operations(matmul: 1, exp: 2, other: 3) + Operations(matmul: 10, exp: 20, other: 30)
    #expect(sum == Operations(matmul: 11, exp: 22, other: 33))
    #expect(Operations() + sum == sum)
  }
}

@Suite("Execution")
struct ExecutionTests {
  @Test("has what lay in HBM after the last launch, and so the tensors of both of two launches")
  func allocations() throws {
    let machine = Machine(sram: .unlimited, mode: .count)
    let memory = machine.makeMemory()
    let _: HBMTensor<Queries, Keys> = memory.placeholder("S", matrices: 2, rows: 3, columns: 5)
    let first = try machine.run(memory) { _ in }
    let _: HBMTensor<Queries, One> = memory.allocate("Z", vectors: 2, count: 7)
    let _: HBMTensor<Queries, Keys> = memory.allocate(
      "P", matrices: 1, rows: 3, columns: 5, type: .f16)
    let second = try machine.run(memory) { _ in }
    let S = TensorAllocation(name: "S", elementType: .f32, elements: 30)
    #expect(first.allocations == [S])
    #expect((first + second).allocations == memory.allocations)
    #expect((second + first).allocations.map(\.name) == ["S", "Z", "P"])
    #expect(memory.allocations.map(\.bytes) == [120, 56, 30])
  }

  @Test("adds what moved and what was computed, and takes the greater peak")
  func sum() {
    var ledger = Ledger()
    ledger.add(Traffic(reads: 7, of: .f32), phase: .main, tensor: "Q")
    let a = Execution(ledger: ledger, operations: Operations(exp: 1), peakSRAM: 12)
    let b = Execution(ledger: ledger, operations: Operations(exp: 2), peakSRAM: 8)
    #expect((a + b).traffic == Traffic(reads: 14, of: .f32))
    #expect((a + b).operations == Operations(exp: 3))
    #expect((a + b).peakSRAM == 12)
    #expect(a + b == b + a)
    #expect(a + Execution() == a)
  }
}

@Suite("Phase")
struct PhaseTests {
  @Test("is its name")
  func name() {
    #expect(Phase("main") == .main)
    #expect(Phase("initialize") == .initialize)
    #expect(Phase("D").description == "D")
  }
}
