// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityId, TokenId} from "../../contracts/types/Ids.sol";
import {SharesHandler} from "./support/SharesHandler.sol";
import {vm} from "./support/Vm.sol";

/// @notice Plants a fault in what the contract remembers, and sees that the law which forbids it fails.
contract SharesFaultsTest is SharesHandler {
    uint256 private constant _HOLDINGS = 1;
    uint256 private constant _ELECTIONS = 3;
    uint256 private constant _POTS = 4;

    function setUp() public {
        _castVote(ann, 1, 40);
        _castVote(cid, 1, 5);
        _wait(1);
        this.payIn(7);
        _report();
        _takeFor(ann, false, ALL_CHANGES);
        _reports("");
    }

    // ─── Shares ─────────────────────────────────────────────────────────────────────────────────

    function test_supply_fails_whenAShareIsMade() public {
        bytes32 entry = keccak256(abi.encode(_place(cid, _place(controlId, _HOLDINGS))));
        // The number of shares stands above the second since which they are there.
        _add(entry, 1 << 64);
        _reports("shares were made or lost");
    }

    function test_locks_fail_whenAVoteIsForgotten() public {
        _store(_next(_voteSlot(ann)), 0);
        _giveControl(ann, bob, 1);
        _reports("a locked share moved");
    }

    function test_locks_fail_whenTheyHoldMore() public {
        _add(_next(_voteSlot(cid)), 1 << 64);
        _giveControl(cid, bob, 20);
        _reports("a free share is stuck");
    }

    function test_locks_fail_whenOneCannotBeTakenBack() public {
        _store(_tallySlot(1), 1);
        _castVote(ann, 1, 0);
        _reports("a vote cannot be taken back");
    }

    function test_tallies_fail_whenAVoteCountsTwice() public {
        _add(_tallySlot(1), 5);
        _reports("another tally");
    }

    // ─── Boards ─────────────────────────────────────────────────────────────────────────────────

    function test_boards_fail_whenOneTakesOver_withoutAMajority() public {
        _store(_next(_electionSlot()), uint256(_hash(1)));
        _add(_electionSlot(), (block.timestamp) << 64);
        _activate();
        _reports("a board took over too early, or without more than half");
    }

    function test_boards_fail_whenOneTakesOver_tooEarly() public {
        _castVote(bob, 1, 10);
        uint256 word = _load(_electionSlot());
        _store(_electionSlot(), word - (uint256(1) << 64));
        _wait(DELAY - 1);
        _activate();
        _reports("a board took over too early, or without more than half");
    }

    function test_boards_fail_whenAnotherTakesOver() public {
        _castVote(bob, 1, 10);
        _store(_next(_electionSlot()), uint256(_hash(2)));
        _wait(DELAY);
        _activate();
        _reports("another board took over");
    }

    function test_boards_fail_whenADecisionIsForgotten() public {
        _castVote(bob, 1, 10);
        _store(_next(_electionSlot()), 0);
        _wait(DELAY);
        _activate();
        _reports("a board cannot take over");
    }

    // ─── Dividends ──────────────────────────────────────────────────────────────────────────────

    function test_dividends_fail_whenSomebodyIsPaidTwice() public {
        _store(_reckoningSlot(ann), 0);
        _takeFor(ann, false, ALL_CHANGES);
        _reports("more was taken than was earned");
    }

    function test_dividends_fail_whenARestIsForgotten() public {
        // Bob and Cid: three and two tenths of each unit.
        for (uint256 i; i < 4; ++i) {
            _wait(1);
            _payAndTake(bob);
            // The rest stands in the upper 64 bits.
            bytes32 place = _reckoningSlot(bob);
            _store(place, (_load(place) << 64) >> 64);
        }
        _reports("less was taken than was earned");
    }

    function test_dividends_fail_whenAPaymentIsNotCounted() public {
        _add(_potSlot(), 1);
        _reports("what was paid is not what was taken");
    }

    function test_dividends_fail_whenAReceiptIsForgotten() public {
        bytes32 receipts = keccak256(abi.encode(_next(_potSlot())));
        _add(receipts, 1 << 64);
        _reports("what was earned is not what came in");
    }

    function test_pots_fail_whenSomebodyElseSpendsThem() public {
        bytes32 reserves = keccak256(abi.encode(pot, uint256(0)));
        bytes32 place = keccak256(abi.encode(TokenId.unwrap(tokenId), reserves));
        uint256 before = uint256(vm.load(address(depository), place));
        require(before == depository.reserveOf(pot, tokenId), "not the place");
        vm.store(address(depository), place, bytes32(before - 1));
        _reports("the pot has lost something");
    }

    // ─── Helpers ────────────────────────────────────────────────────────────────────────────────

    function _payAndTake(address holder) private {
        this.payIn(0);
        _takeFor(holder, false, ALL_CHANGES);
    }

    function _reports(string memory expected) private view {
        require(keccak256(bytes(broken())) == keccak256(bytes(expected)), broken());
    }

    function _electionSlot() private view returns (bytes32) {
        return keccak256(abi.encode(EntityId.unwrap(company), _ELECTIONS));
    }

    /// @dev Two words: the board; its election and the shares, 64 bits each.
    function _voteSlot(address holder) private view returns (bytes32) {
        return keccak256(abi.encode(holder, uint256(_electionSlot()) + 3));
    }

    function _tallySlot(uint256 key) private view returns (bytes32) {
        bytes32 election = keccak256(abi.encode(uint256(0), uint256(_electionSlot()) + 2));
        return keccak256(abi.encode(_hash(key), election));
    }

    function _potSlot() private view returns (bytes32) {
        bytes32 entity = keccak256(abi.encode(EntityId.unwrap(company), _POTS));
        bytes32 place = keccak256(abi.encode(address(depository), entity));
        return keccak256(abi.encode(TokenId.unwrap(tokenId), place));
    }

    /// @dev From below: changes 64, seen 128, rest 64 bits.
    function _reckoningSlot(address holder) private view returns (bytes32) {
        return keccak256(abi.encode(holder, uint256(_potSlot()) + 2));
    }

    function _place(address holder, bytes32 mapping_) private pure returns (bytes32) {
        return keccak256(abi.encode(holder, mapping_));
    }

    function _place(uint256 id, uint256 mapping_) private pure returns (bytes32) {
        return keccak256(abi.encode(id, mapping_));
    }

    function _next(bytes32 slot) private pure returns (bytes32) {
        return bytes32(uint256(slot) + 1);
    }

    function _load(bytes32 slot) private view returns (uint256) {
        return uint256(vm.load(address(shares), slot));
    }

    function _add(bytes32 slot, uint256 value) private {
        _store(slot, _load(slot) + value);
    }

    function _store(bytes32 slot, uint256 value) private {
        vm.store(address(shares), slot, bytes32(value));
    }
}
