internal import CCurl
import Foundation

/// The descriptors that the client waits for, by epoll.
///
/// The library says of each connection when it waits for it and when it no longer does: twice for each request. Kept
/// connections stay registered in between, so that a request on one of them costs no call of `epoll_ctl`.
final class Sockets {
    private struct Watch {
        /// What the library waits for, and what the kernel was told.
        var wanted: UInt32 = 0
        var registered: UInt32 = 0
        /// Opened by `open`, so that its closing is certain to be seen by `close`.
        var isOurs = false
    }

    private let descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: 256)
    private var watches: [Watch] = []

    /// `mailbox` only ends a wait.
    init(mailbox: Int32) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | EPOLLET.rawValue
        event.data.fd = -1
        epoll_ctl(descriptor, EPOLL_CTL_ADD, mailbox, &event)
    }

    deinit {
        events.deallocate()
        Foundation.close(descriptor)
    }

    /// Waits, and tells the library what has happened.
    func wait(milliseconds: Int32, _ happened: (_ socket: Int32, _ mask: Int32) -> Void) {
        let count = epoll_wait(descriptor, events, 256, milliseconds)
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            let (socket, what) = (events[index].data.fd, events[index].events)
            guard socket >= 0, watches.indices.contains(Int(socket)) else { continue }
            guard watches[Int(socket)].wanted != 0 else {
                // A kept connection that its peer has closed, as the library will find when it wants to use it.
                register(socket, 0)
                continue
            }
            var mask: Int32 = 0
            if what & EPOLLIN.rawValue != 0 { mask |= CURL_CSELECT_IN }
            if what & EPOLLOUT.rawValue != 0 { mask |= CURL_CSELECT_OUT }
            if what & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { mask |= CURL_CSELECT_ERR }
            happened(socket, mask)
        }
    }

    /// What the library waits for from now on.
    func watch(_ socket: Int32, _ what: Int32) {
        guard socket >= 0 else { return }
        var mask: UInt32 = 0
        if what == CURL_POLL_IN || what == CURL_POLL_INOUT { mask |= EPOLLIN.rawValue }
        if what == CURL_POLL_OUT || what == CURL_POLL_INOUT { mask |= EPOLLOUT.rawValue }
        grow(to: socket)
        watches[Int(socket)].wanted = mask
        // Others, such as those of name resolution, may be closed unseen: they are not left registered.
        if mask != 0 || !watches[Int(socket)].isOurs { register(socket, mask) }
    }

    /// Opens a socket for the library.
    func open(family: Int32, type: Int32, protocol number: Int32) -> Int32 {
        let socket = Foundation.socket(family, type | Int32(SOCK_CLOEXEC.rawValue), number)
        if socket >= 0 {
            grow(to: socket)
            watches[Int(socket)] = Watch(isOurs: true)
        }
        return socket
    }

    /// Closes a socket of `open`; the kernel forgets its registration with it.
    func close(_ socket: Int32) -> Int32 {
        if watches.indices.contains(Int(socket)) { watches[Int(socket)] = Watch() }
        return Foundation.close(socket)
    }

    private func grow(to socket: Int32) {
        while watches.count <= Int(socket) { watches.append(Watch()) }
    }

    private func register(_ socket: Int32, _ mask: UInt32) {
        let before = watches[Int(socket)].registered
        guard before != mask else { return }
        watches[Int(socket)].registered = mask
        var event = epoll_event()
        event.events = mask
        event.data.fd = socket
        let operation = mask == 0 ? EPOLL_CTL_DEL : before == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
        if epoll_ctl(descriptor, operation, socket, &event) != 0, operation == EPOLL_CTL_ADD, errno == EEXIST {
            epoll_ctl(descriptor, EPOLL_CTL_MOD, socket, &event)
        }
    }
}
