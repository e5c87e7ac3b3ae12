// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Names
/// @notice What an entity may be called.
library Names {
    uint256 private constant _LENGTH_MIN = 3;
    uint256 private constant _LENGTH_MAX = 32;

    /// @notice Whether `name` is 3 to 32 of `a-z`, `0-9` and `-`, filled up with zero bytes behind, and
    /// neither begins nor ends with `-`: one spelling for each name, none that looks like another.
    function isValid(bytes32 name) internal pure returns (bool) {
        uint256 length = _lengthOf(name);
        if (length < _LENGTH_MIN || name << (8 * length) != 0) return false;
        if (name[0] == "-" || name[length - 1] == "-") return false;
        for (uint256 i; i < length; ++i) if (!_isLetter(name[i])) return false;
        return true;
    }

    /// @dev Up to the first zero byte.
    function _lengthOf(bytes32 name) private pure returns (uint256 length) {
        while (length < _LENGTH_MAX && name[length] != 0) ++length;
    }

    function _isLetter(bytes1 char) private pure returns (bool) {
        return (char >= "a" && char <= "z") || (char >= "0" && char <= "9") || char == "-";
    }
}
