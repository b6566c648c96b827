/// Several tiles in the SRAM of a core: a state for each head, say.
///
/// They are there until the collection's life ends, and then give their SRAM back, all of them.
public struct Tiles<Rows: Axis, Columns: Axis>: ~Copyable {
  /// How many tiles.
  public let count: Int
  private let base: UnsafeMutablePointer<Tile<Rows, Columns>>

  /// The tiles that `make` makes of the numbers from 0, in order.
  ///
  /// - Precondition: `count` is not negative, and the SRAM that the launch declared holds all.
  public init(count: Int, _ make: (_ index: Int) -> Tile<Rows, Columns>) {
    precondition(count >= 0, "Negative count")
    self.count = count
    base = .allocate(capacity: count)
    for i in 0..<count { (base + i).initialize(to: make(i)) }
  }

  deinit {
    let base = base  // Changed through `self`, Swift 6.3 cannot compile it for TSan.
    base.deinitialize(count: count)
    base.deallocate()
  }

  /// The numbers of the tiles.
  public var indices: Range<Int> { 0..<count }

  /// Tile `index`, where it is: it can be read, changed, and replaced by another.
  ///
  /// - Precondition: There is one.
  public subscript(index: Int) -> Tile<Rows, Columns> {
    _read {
      precondition(indices.contains(index), "Tile out of range")
      yield base[index]
    }
    _modify {
      precondition(indices.contains(index), "Tile out of range")
      let base = base  // Changed through `self`, Swift 6.3 cannot compile it for TSan.
      yield &base[index]
    }
  }
}

/// Several vectors in the SRAM of a core.
public typealias TileVectors<Elements: Axis> = Tiles<Elements, One>
