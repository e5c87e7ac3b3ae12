// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice How a {MoodyMember} answers.
enum Mood {
    Yes,
    No,
    Garbage,
    YesAndMore,
    Short,
    Nothing,
    Revert,
    EatGas,
    Flood,
    SpendJustEnough
}

/// @title MoodyMember
/// @notice A contract that sits on a board and answers (ERC-1271) as it likes today.
contract MoodyMember {
    /// @notice What it reverts with when it is in that mood.
    error NotToday();

    bytes32 private constant _YES = bytes32(bytes4(0x1626ba7e));

    Mood public mood;

    constructor(Mood mood_) {
        mood = mood_;
    }

    function setMood(Mood mood_) external {
        mood = mood_;
    }

    function isValidSignature(bytes32, bytes calldata) external view {
        Mood today = mood;
        require(today != Mood.Revert, NotToday());
        if (today == Mood.EatGas) _burnUntil(0);
        // Of the 100,000 that it is granted: with any less it could not.
        if (today == Mood.SpendJustEnough) _burnUntil(gasleft() - 95_000);
        _answer(today);
    }

    /// @dev Returns with this much gas left; with 0, never.
    function _burnUntil(uint256 left) private view {
        uint256 turns;
        while (gasleft() > left) ++turns;
    }

    function _answer(Mood today) private pure {
        bytes32 word = _YES;
        uint256 length = 32;
        if (today == Mood.No) word = bytes32(0);
        if (today == Mood.Garbage) word |= bytes32(uint256(1));
        if (today == Mood.YesAndMore) length = 64;
        if (today == Mood.Short) length = 4;
        if (today == Mood.Nothing) length = 0;
        if (today == Mood.Flood) length = 20_000;
        // Ends the call, so nothing that it overwrites is used again.
        assembly ("memory-safe") {
            let free := mload(64)
            mstore(free, word)
            return(free, length)
        }
    }
}
