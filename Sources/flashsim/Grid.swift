/// Options with several values each, and all their combinations.
struct Grid<Point> {
  private let origin: Point
  private var axes: [(option: String, settings: [(inout Point) -> Void])] = []

  /// Creates a grid of one point.
  init(from origin: Point) { self.origin = origin }

  /// Adds an option; nothing where it was not given.
  mutating func vary<Value>(
    _ option: String, _ list: CommaList<Value>?, _ set: @escaping (inout Point, Value) -> Void
  ) {
    vary(option, list?.values, set)
  }

  /// Adds an option; nothing where it was not given.
  mutating func vary<Value>(
    _ option: String, _ values: [Value]?, _ set: @escaping (inout Point, Value) -> Void
  ) {
    guard let values else { return }
    axes.append((option, values.map { value in { set(&$0, value) } }))
  }

  /// How many combinations there are; `Int.max` where there are more.
  var count: Int {
    axes.reduce(1) { count, axis in
      let (product, overflows) = count.multipliedReportingOverflow(by: axis.settings.count)
      return overflows ? .max : product
    }
  }

  /// Every combination, the option that comes first among `arguments` varying slowest; options with
  /// default values come last.
  func points(arguments: [String]) -> [Point] {
    func position(_ option: String) -> Int {
      arguments.firstIndex { $0 == option || $0.hasPrefix(option + "=") } ?? arguments.count
    }
    let ordered = axes.enumerated().sorted {
      (position($0.element.option), $0.offset) < (position($1.element.option), $1.offset)
    }
    return ordered.reduce([origin]) { points, axis in
      points.flatMap { point in
        axis.element.settings.map { setting in
          var next = point
          setting(&next)
          return next
        }
      }
    }
  }
}
