// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProviderHandler} from "./support/ProviderHandler.sol";
import {vm} from "./support/Vm.sol";

/// @notice Plants a fault in what the EntityProvider remembers, and sees that the law which forbids it fails.
contract EntityProviderFaultsTest is ProviderHandler {
    // Where its storage lies: the last number, tenures, checked boards, keys, owners of names.
    uint256 private constant _REGISTERED = 0;
    uint256 private constant _TENURES = 1;
    uint256 private constant _CHECKED = 2;
    uint256 private constant _KEYS = 3;
    uint256 private constant _OWNERS = 4;
    uint256 private constant _ELECTIONS = 3;

    /// @dev Entity 2 has a board of key 1 and the name `acme`, and entity 1 has decided on the board of key 3.
    function setUp() public {
        for (uint256 i; i < PAIR; ++i) _check(i);
        _register(1, false);
        _claim(2, names[0], 1, 0);
        _replace(1, 3, 0, 0, false);
    }

    function test_laws_ofEntities_hold_withoutAFault() public {
        vm.warp(block.timestamp + BOARD_DELAY);
        _activate(1);
        _show(1, 1, 0, false);
        _replace(1, 2, 3, 1, true);
        _transfer(2, names[0], 1, 1, 1);
        _register(2, true);
        _reports("");
        require(counts["replaced itself"] == 1 && counts["given"] == 1, "nothing happened");
    }

    // ─── Names ──────────────────────────────────────────────────────────────────────────────────

    function test_names_fail_whenOneIsTakenFromItsOwner() public {
        _store(_nameSlot(), 0);
        _claim(1, names[0], 0, 1);
        _reports("a name was taken from its owner");
    }

    function test_names_fail_whenAnotherGivesOneAway() public {
        _store(_nameSlot(), 1);
        _transfer(1, names[0], 1, 0, 1);
        _reports("a name was given by one who has it not, or to nobody");
    }

    function test_names_fail_whenOneMovesByItself() public {
        _store(_nameSlot(), 1);
        _reports("a name moved by itself");
    }

    // ─── Boards ─────────────────────────────────────────────────────────────────────────────────

    function test_entities_fail_whenABoardTakesOver_tooEarly() public {
        _store(_tenure(1, 3), _load(_tenure(1, 3)) - (uint256(1) << 64));
        vm.warp(block.timestamp + BOARD_DELAY - 1);
        _activate(1);
        _reports("a board took over too early");
    }

    function test_entities_fail_whenABoardTakesOver_withoutADecision() public {
        _store(_tenure(2, 2), uint256(hashes[3]));
        _activate(2);
        _reports("a board was replaced without a decision");
    }

    function test_entities_fail_whenAnotherBoardTakesOver() public {
        _store(_tenure(1, 2), uint256(hashes[2]));
        vm.warp(block.timestamp + BOARD_DELAY);
        _activate(1);
        _reports("another board took over");
    }

    function test_entities_fail_whenLessThanAMajorityElects() public {
        _vote(bob, 2, 40);
        bytes32 election = keccak256(abi.encode(uint256(1), _ELECTIONS));
        vm.store(address(shares), bytes32(uint256(election) + 1), hashes[2]);
        vm.warp(block.timestamp + BOARD_DELAY);
        _activate(1);
        _reports("another board took over");
    }

    function test_entities_fail_whenADecisionIsForgotten() public {
        _store(_tenure(1, 2), 0);
        vm.warp(block.timestamp + BOARD_DELAY);
        _activate(1);
        _reports("a board cannot take over");
    }

    function test_entities_fail_whenTheGraceOfAnEarlierBoard_isForgotten() public {
        _rotate();
        _replace(1, 2, 3, 1, false);
        // The three times and numbers of a tenure are 64 bits each, the end of the grace lowest.
        _store(_tenure(1, 3), (_load(_tenure(1, 3)) >> 64) << 64);
        vm.warp(block.timestamp + BOARD_DELAY);
        _activate(1);
        _reports("a board took over too early");
    }

    function test_entities_fail_whenAnUncheckedBoardIsDecided() public {
        _store(_at(hashes[PAIR], _CHECKED), 1);
        _replace(1, PAIR, 0, 1, false);
        _reports("a board that cannot follow was decided");
    }

    function test_entities_fail_whenABoardChangesByItself() public {
        _store(_tenure(2, 0), uint256(hashes[3]));
        _reports("a board changed by itself");
    }

    // ─── Who signs ──────────────────────────────────────────────────────────────────────────────

    function test_signers_fail_whenSomebodyDecides_whoIsNotInOffice() public {
        _store(_tenure(2, 0), uint256(hashes[3]));
        _claim(2, names[1], 3, 1);
        _reports("somebody decided who is not in office");
    }

    function test_signers_fail_whenSomebodySigns_whoIsNotInOffice() public {
        _store(_tenure(2, 0), uint256(hashes[3]));
        _show(2, 2, 3, false);
        _reports("somebody signs who is not in office");
    }

    function test_outgoing_fails_whenItCounts_afterItsGrace() public {
        _rotate();
        _store(_tenure(1, 3), _load(_tenure(1, 3)) + 1);
        vm.warp(block.timestamp + GRACE);
        _show(1, 1, 0, true);
        _reports("evidence counts that does not, or does not that does");
    }

    function test_outgoing_fails_whenItIsForgotten_inItsGrace() public {
        _rotate();
        _store(_tenure(1, 1), 0);
        _show(1, 1, 0, false);
        _reports("evidence counts that does not, or does not that does");
    }

    function test_outgoing_fails_whenOneCounts_whoNeverSat() public {
        _rotate();
        _store(_tenure(1, 1), uint256(hashes[2]));
        _show(1, 1, 2, false);
        _reports("evidence counts that does not, or does not that does");
    }

    // ─── Numbers, nonces and keys ───────────────────────────────────────────────────────────────

    function test_numbers_fail_whenOneIsGivenAgain() public {
        _store(bytes32(_REGISTERED), 1);
        _register(2, false);
        _reports("a number was given again");
    }

    function test_numbers_fail_whenOneIsLeftOut() public {
        _store(bytes32(_REGISTERED), 3);
        _register(2, false);
        _reports("a number was left out");
    }

    function test_nonces_ofEntities_fail_whenADecisionCountsTwice() public {
        _store(_tenure(1, 3), _load(_tenure(1, 3)) - (uint256(1) << 128));
        _replace(1, 3, 0, 0, false);
        _reports("a decision counts out of its turn");
    }

    function test_nonces_ofEntities_fail_whenOneMovesByItself() public {
        _store(_tenure(1, 3), _load(_tenure(1, 3)) + (uint256(1) << 128));
        _reports("a nonce moved by itself");
    }

    function test_keys_fail_whenNobodyPossessesThem() public {
        _registerKey(0, 0);
        _store(_at(keyIds[1], _KEYS), 1);
        _check(BLS);
        _reports("a board was checked whose keys nobody possesses, or cannot be");
    }

    function test_boards_fail_whenOneIsRegistered_thatWasNotChecked() public {
        _store(_at(hashes[BLS], _CHECKED), 1);
        _register(BLS, true);
        _reports("a board that was not checked has an entity, or one that was has none");
    }

    // ─── Helpers ────────────────────────────────────────────────────────────────────────────────

    /// @dev Entity 1 goes from the board of key 0 to that of key 3.
    function _rotate() private {
        vm.warp(block.timestamp + BOARD_DELAY);
        _activate(1);
        _reports("");
    }

    function _reports(string memory expected) private view {
        require(keccak256(bytes(broken())) == keccak256(bytes(expected)), broken());
    }

    function _tenure(uint256 number, uint256 word) private pure returns (bytes32) {
        return bytes32(uint256(_at(bytes32(number), _TENURES)) + word);
    }

    function _nameSlot() private view returns (bytes32) {
        return _at(names[0], _OWNERS);
    }

    function _at(bytes32 key, uint256 place) private pure returns (bytes32) {
        return keccak256(abi.encode(key, place));
    }

    function _load(bytes32 slot) private view returns (uint256) {
        return uint256(vm.load(address(provider), slot));
    }

    function _store(bytes32 slot, uint256 value) private {
        vm.store(address(provider), slot, bytes32(value));
    }
}
