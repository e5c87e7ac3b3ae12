// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice One event as the cheatcode gives it.
struct Log {
    bytes32[] topics;
    bytes data;
    address emitter;
}

interface IRecorder {
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
}

/// @title Logs
/// @notice Records events, and finds those of a kind.
library Logs {
    IRecorder private constant _RECORDER = IRecorder(
        address(uint160(uint256(keccak256("hevm cheat code"))))
    );

    function start() internal {
        _RECORDER.recordLogs();
    }

    /// @notice The recorded events whose first topic is `topic`, in their order; recording goes on anew.
    function take(bytes32 topic) internal returns (Log[] memory found) {
        Log[] memory all = _RECORDER.getRecordedLogs();
        uint256 count;
        for (uint256 i; i < all.length; ++i) if (all[i].topics[0] == topic) ++count;
        found = new Log[](count);
        for (uint256 i = all.length; i > 0; --i) {
            if (all[i - 1].topics[0] == topic) found[--count] = all[i - 1];
        }
    }

    /// @notice The recorded events of one contract, in their order; recording goes on anew.
    function takeFrom(address emitter) internal returns (Log[] memory found) {
        Log[] memory all = _RECORDER.getRecordedLogs();
        uint256 count;
        for (uint256 i; i < all.length; ++i) if (all[i].emitter == emitter) ++count;
        found = new Log[](count);
        for (uint256 i = all.length; i > 0; --i) {
            if (all[i - 1].emitter == emitter) found[--count] = all[i - 1];
        }
    }
}
