/// The least time that a program takes of each resource of the host, in seconds.
struct BenchRoofline: Equatable {
  /// The operations of products, at the peak.
  let products: Double
  /// The exponentials, at the rate of their kernel.
  let exponentials: Double
  /// The bytes between HBM and SRAM, at the rate at which main memory is read.
  ///
  /// It is no bound where matrices lie in a cache that cores share: from there they come faster.
  let bytes: Double

  /// Divides what a run takes by what there is in a second.
  init(_ demand: BenchContest.Demand, peak: Double, exponentials: Double, bandwidth: Double) {
    products = demand.products / peak
    self.exponentials = demand.exponentials / exponentials
    bytes = demand.bytes / bandwidth
  }

  /// The name of the resource that takes the longest.
  var bound: String {
    let floors = [("products", products), ("exp", exponentials), ("bytes", bytes)]
    return floors.reduce(floors[0]) { $1.1 > $0.1 ? $1 : $0 }.0
  }

  /// The least time of the program: products and exponentials share the vector units, one after
  /// another, and bytes may move meanwhile.
  var floor: Double { max(products + exponentials, bytes) }
}
