import Foundation

/// Elements in memory behind guards, before others, and before a page that nobody may touch.
///
/// What reads beyond the page's edge dies; what writes beside the elements is found out.
struct FencedElements<Element: Equatable>: ~Copyable {
  /// The first element.
  let base: UnsafeMutablePointer<Element>
  private let count: Int
  private let room: UnsafeMutableBufferPointer<Element>
  private let guardWord: Element
  private let pages: UnsafeMutableRawPointer

  private static var pageSize: Int { sysconf(Int32(_SC_PAGESIZE)) }

  /// Elements of which all are `guardWord` at first, and so many more between them and the edge.
  init(count: Int, beforeEdge gap: Int, guardWord: Element) {
    let size = Self.pageSize
    pages = mmap(nil, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
    precondition(pages != MAP_FAILED && mprotect(pages + size, size, PROT_NONE) == 0)
    let capacity = size / MemoryLayout<Element>.stride
    room = UnsafeMutableBufferPointer(
      start: pages.bindMemory(to: Element.self, capacity: capacity), count: capacity)
    room.initialize(repeating: guardWord)
    base = room.baseAddress! + (capacity - gap - count)
    self.count = count
    self.guardWord = guardWord
  }

  deinit { munmap(pages, 2 * Self.pageSize) }

  /// The elements.
  var elements: [Element] { Array(UnsafeBufferPointer(start: base, count: count)) }

  /// Whether nothing was written but the elements.
  var isIntact: Bool {
    let first = base - room.baseAddress!
    return room[..<first].allSatisfy { $0 == guardWord }
      && room[(first + count)...].allSatisfy { $0 == guardWord }
  }
}
