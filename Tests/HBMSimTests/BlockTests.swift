import HBMSim
import Testing

@Suite("A matrix in HBM")
struct BlockTests {
  private let memory = Machine(mode: .count).makeMemory()

  @Test("is cut into blocks that cover it once", arguments: 1...20, [1, 2, 3, 7, 16, 100])
  func cover(rows: Int, size: Int) {
    let A: HBMTensor<Queries, Keys> = memory.placeholder("A", matrices: 1, rows: rows, columns: 5)
    let whole = A[0].blocks(rows: size)
    #expect(whole.indices.map { whole[$0].rows }.reduce(0, +) == rows)
    #expect(whole.indices.dropLast().allSatisfy { whole[$0].rows == size })
    #expect(whole.indices.allSatisfy { whole[$0].columns == 5 })
    let grid = A[0].blocks(rows: size, columns: 3)
    let columns = grid.columnIndices.map { grid[0, $0].columns }
    #expect(columns == [3, 2])
    let counts = grid.rowIndices.flatMap { i in grid.columnIndices.map { grid[i, $0].count } }
    #expect(counts.reduce(0, +) == rows * 5)
  }

  @Test("says its shape")
  func shape() {
    let A: HBMTensor<Queries, Keys> = memory.placeholder("A", matrices: 4, rows: 6, columns: 5)
    #expect((A.matrices, A.rows, A.columns) == (4, 6, 5))
    #expect((A[3].rows, A[3].columns) == (6, 5))
  }
}
